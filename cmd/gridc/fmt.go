package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/gridrpc/gridc/compiler"
	"github.com/gridrpc/gridc/idl"
)

// fmtCmd is `gridc fmt`.
type fmtCmd struct {
	Write bool     `short:"w" xor:"mode" help:"Rewrite the files instead of printing them."`
	Diff  bool     `short:"d" xor:"mode" help:"Print what would change; status 1 if anything would."`
	Check bool     `xor:"mode" help:"Print the names of files that would change; status 1 if any would."`
	Paths []string `arg:"" name:"path" help:"A .grid file, or a folder for all below it; - alone is standard input, for editors: what is not sound prints nothing."`
}

func (cmd *fmtCmd) run(env *environment) error {
	if slices.Contains(cmd.Paths, "-") {
		return cmd.filter(env)
	}
	files, err := compiler.Files(compiler.Options{}, cmd.Paths...)
	if err != nil {
		return err
	}
	var mistakes []*idl.Diagnostic
	changed := false
	if cmd.Write {
		sweepBeside(files)
	}
	for _, file := range files {
		ds, differs, err := cmd.format(env, file)
		if err != nil {
			return err
		}
		mistakes = append(mistakes, ds...)
		changed = changed || differs
	}
	if err := report(env, env.stderr, compiler.SortDiagnostics(mistakes)); err != nil {
		return err
	}
	if changed && (cmd.Check || cmd.Diff) {
		return errFindings
	}
	return nil
}

// errNotAlone is for `-` in a place where it means nothing.
var errNotAlone = errors.New("fmt: - is standard input, formatted to standard output: it stands alone, without -w and other paths")

// filter formats standard input. Whoever replaces a text by the output must not lose
// it: with a mistake in the text there is no output, and the status is 1.
func (cmd *fmtCmd) filter(env *environment) error {
	if len(cmd.Paths) > 1 || cmd.Write {
		return errNotAlone
	}
	src, err := io.ReadAll(env.stdin)
	if err != nil {
		return err
	}
	const name = "<standard input>"
	out, ds := idl.Format(name, src)
	if len(ds) > 0 {
		only := func(string) ([]byte, error) { return src, nil }
		if err := renderFrom(env, env.stderr, compiler.SortDiagnostics(ds), only); err != nil {
			return err
		}
		return errFindings
	}
	if !bytes.Equal(out, src) {
		out = idl.LikeLines(src, out)
	}
	if err := cmd.deliver(env, name, src, out); err != nil {
		return err
	}
	if (cmd.Check || cmd.Diff) && !bytes.Equal(src, out) {
		return errFindings
	}
	return nil
}

// sweepBeside removes what runs that were killed left beside files that are about
// to be rewritten. A link leads to where its file is rewritten.
func sweepBeside(files []string) {
	swept := map[string]bool{}
	for _, file := range files {
		if real, err := filepath.EvalSymlinks(file); err == nil && !swept[filepath.Dir(real)] {
			swept[filepath.Dir(real)] = true
			compiler.Sweep(filepath.Dir(real))
		}
	}
}

// format does one file: it returns the mistakes in it, and whether its text
// differs from the canonical form.
func (cmd *fmtCmd) format(env *environment, file string) ([]*idl.Diagnostic, bool, error) {
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, false, err
	}
	out, ds := idl.Format(file, src)
	if !bytes.Equal(out, src) {
		out = idl.LikeLines(src, out)
	}
	return ds, !bytes.Equal(src, out), cmd.deliver(env, file, src, out)
}

// deliver does with the formatted text of one file what the flags say.
func (cmd *fmtCmd) deliver(env *environment, file string, src, out []byte) (err error) {
	same := bytes.Equal(src, out)
	switch {
	case !cmd.Write && !cmd.Diff && !cmd.Check:
		_, err = env.stdout.Write(out)
	case same:
	case cmd.Write:
		err = compiler.ReplaceFile(file, out)
	case cmd.Diff:
		_, err = env.stdout.Write(diff.Diff(file+".orig", src, file, out))
	case cmd.Check:
		_, err = fmt.Fprintln(env.stdout, file)
	}
	return err
}
