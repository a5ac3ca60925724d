package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/gridrpc/gridc/compiler"
	"github.com/gridrpc/gridc/idl"
)

// lintCmd is `gridc lint`.
type lintCmd struct {
	Fix    bool     `help:"Apply the fixes that are certain, say which, and report what is left. A guess at what was meant is never applied."`
	Enable []string `placeholder:"RULE" help:"Also run a rule that is off by default, such as lint/unbounded."`
	Paths  []string `arg:"" name:"path" help:"A .grid file, or a folder for all below it."`
}

func (cmd *lintCmd) run(env *environment) error {
	for _, rule := range cmd.Enable {
		if !compiler.IsLintRule(rule) {
			return fmt.Errorf("there is no lint rule `%s`; `gridc explain` lists them", rule)
		}
	}
	ds, err := cmd.find()
	if err != nil {
		return err
	}
	if cmd.Fix {
		if ds, err = cmd.fix(env, ds); err != nil {
			return err
		}
	}
	return report(env, env.stdout, ds)
}

// find returns the mistakes, or, where there are none, the doubtful places:
// whether something is used cannot be told while names do not resolve.
func (cmd *lintCmd) find() ([]*idl.Diagnostic, error) {
	schema, ds, err := compiler.Load(compiler.Options{}, cmd.Paths...)
	if err != nil {
		return nil, err
	}
	if !compiler.HasErrors(ds) {
		ds = slices.Concat(ds, compiler.Lint(schema, compiler.LintOptions{Enable: cmd.Enable}))
	}
	return compiler.SortDiagnostics(ds), nil
}

// maxFixRounds bounds how often --fix looks again: a fix may bring to light what
// the mistake hid, never without end.
const maxFixRounds = 10

// fix applies fixes until there are none left and returns what then remains.
func (cmd *lintCmd) fix(env *environment, ds []*idl.Diagnostic) ([]*idl.Diagnostic, error) {
	files, err := compiler.Files(compiler.Options{}, cmd.Paths...)
	if err != nil {
		return nil, err
	}
	sweepBeside(files)
	total := 0
	changed := map[string]bool{}
	for range maxFixRounds {
		n, err := fixOnce(env, files, ds, changed)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			break
		}
		total += n
		if ds, err = cmd.find(); err != nil {
			return nil, err
		}
	}
	if total > 0 {
		fmt.Fprintf(env.stderr, "gridc: %s in %s\n", count(total, "fix", "fixes"), count(len(changed), "file", "files"))
	}
	return ds, nil
}

// fixOnce applies the fixes of ds to the files that were named; one that is only
// imported belongs to somebody else.
func fixOnce(env *environment, files []string, ds []*idl.Diagnostic, changed map[string]bool) (int, error) {
	total := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return total, err
		}
		fixed, made := compiler.ApplyFixes(file, text, ds)
		if len(made) == 0 || string(fixed) == string(text) {
			continue
		}
		if err := compiler.ReplaceFile(file, fixed); err != nil {
			return total, err
		}
		changed[file] = true
		total += len(made)
		for _, d := range made {
			fmt.Fprintf(env.stderr, "%s:%d: fixed: %s\n", file, d.Span.Start.Line, whatWasFixed(d))
		}
	}
	return total, nil
}

// whatWasFixed is the mistake with its fix, unless it says that itself.
func whatWasFixed(d *idl.Diagnostic) string {
	if strings.HasSuffix(d.Message, d.Fixes[0].Message) {
		return d.Message
	}
	return d.Message + " (" + d.Fixes[0].Message + ")"
}

// count is a number with its noun.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
