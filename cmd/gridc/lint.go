package main

import (
	"slices"

	"github.com/gridrpc/gridc/compiler"
)

// lintCmd is `gridc lint`.
type lintCmd struct {
	Paths []string `arg:"" name:"path" help:"A .grid file, or a folder for all below it."`
}

// run reports the mistakes, or, where there are none, the doubtful places:
// whether something is used cannot be told while names do not resolve.
func (cmd *lintCmd) run(env *environment) error {
	schema, ds, err := compiler.Load(compiler.Options{}, cmd.Paths...)
	if err != nil {
		return err
	}
	if !compiler.HasErrors(ds) {
		ds = slices.Concat(ds, compiler.Lint(schema, compiler.LintOptions{}))
	}
	return report(env, env.stdout, compiler.SortDiagnostics(ds))
}
