package main

import (
	"io"

	"github.com/gridrpc/gridc/compiler"
	"github.com/gridrpc/gridc/idl"
)

// report writes diagnostics to w in the form that the user asked for, and
// returns errFindings if one of them is more than a note.
func report(env *environment, w io.Writer, ds []*idl.Diagnostic) error {
	if err := render(env, w, ds); err != nil {
		return err
	}
	for _, d := range ds {
		if d.Severity != idl.SeverityNote {
			return errFindings
		}
	}
	return nil
}

// render writes diagnostics in the form that --format names.
func render(env *environment, w io.Writer, ds []*idl.Diagnostic) error {
	return renderFrom(env, w, ds, nil)
}

// renderFrom is render for diagnostics of files that readFile reads; nil reads
// those on disk.
func renderFrom(env *environment, w io.Writer, ds []*idl.Diagnostic, readFile func(string) ([]byte, error)) error {
	opts := compiler.RenderOptions{ReadFile: readFile}
	switch env.format {
	case "json":
		return compiler.RenderJSON(w, ds)
	case "sarif":
		return compiler.RenderSARIF(w, ds, version(), opts)
	case "github":
		return compiler.RenderGitHub(w, ds, opts)
	}
	opts.Rich, opts.Color = env.rich(w), env.colour(w)
	return compiler.Render(w, ds, opts)
}

// load reads what the paths name and reports to w what is wrong with it. While
// something is, it ends with errFindings and there is no schema.
func load(env *environment, w io.Writer, paths []string) (*compiler.Schema, error) {
	schema, ds, err := compiler.Load(compiler.Options{}, paths...)
	if err != nil {
		return nil, err
	}
	if err := report(env, w, ds); err != nil && compiler.HasErrors(ds) {
		return nil, err
	}
	return schema, nil
}
