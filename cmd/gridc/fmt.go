package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/gridrpc/gridc/compiler"
	"github.com/gridrpc/gridc/idl"
)

// fmtCmd is `gridc fmt`.
type fmtCmd struct {
	Write bool     `short:"w" xor:"mode" help:"Rewrite the files instead of printing them."`
	Diff  bool     `short:"d" xor:"mode" help:"Print what would change; status 1 if anything would."`
	Check bool     `xor:"mode" help:"Print the names of files that would change; status 1 if any would."`
	Paths []string `arg:"" name:"path" help:"A .grid file, or a folder for all below it."`
}

func (cmd *fmtCmd) run(env *environment) error {
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
