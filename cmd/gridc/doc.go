package main

import (
	"github.com/gridrpc/gridc/cmd/gridc/internal/reference"
)

// docCmd is `gridc doc`.
type docCmd struct {
	Markdown bool     `short:"m" help:"Write Markdown instead of HTML."`
	Paths    []string `arg:"" name:"path" help:"A .grid file, or a folder for all below it."`
}

// run prints the page of a schema without mistakes.
func (cmd *docCmd) run(env *environment) error {
	schema, err := load(env, env.stderr, cmd.Paths)
	if err != nil {
		return err
	}
	if cmd.Markdown {
		return reference.Markdown(env.stdout, schema)
	}
	return reference.HTML(env.stdout, schema)
}
