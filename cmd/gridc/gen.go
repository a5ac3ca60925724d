package main

import (
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strings"

	"github.com/gridrpc/gridc/compiler"
)

// genCmd is `gridc gen`.
type genCmd struct {
	Lang  string   `enum:"go,ts" default:"go" help:"What to generate: go, or ts for TypeScript (docs/typescript.md)."`
	TS    string   `name:"ts" enum:"ts,js" default:"ts" help:"With --lang ts: ts for TypeScript, or js for JavaScript with declarations, which runs as it is."`
	Out   string   `placeholder:"DIR" help:"Write the package of every file to DIR/<package>/, a folder for each part of its name, instead of gen/<package>/ beside the file."`
	Check bool     `xor:"mode" help:"Write nothing; print how the stubs on disk differ, and end with status 1 if any does."`
	Watch bool     `xor:"mode" help:"Generate again whenever a file changes, until interrupted."`
	Paths []string `arg:"" name:"path" help:"A .grid file, or a folder for all below it."`
}

func (cmd *genCmd) run(env *environment) error {
	switch {
	case cmd.TS == "js" && cmd.Lang != "ts":
		return errors.New("--ts=js is for --lang ts")
	case cmd.Check:
		return cmd.check(env)
	case cmd.Watch:
		return cmd.watchUntilInterrupted(env)
	}
	_, err := cmd.generate(env)
	return err
}

// check compares what is on disk with what is generated afresh, never with
// anything remembered.
func (cmd *genCmd) check(env *environment) error {
	schema, err := load(env, env.stderr, cmd.Paths)
	if err != nil {
		return err
	}
	outputs, err := cmd.outputs(schema, nil)
	if err != nil {
		return err
	}
	return checkStubs(env, outputs, cmd.command())
}

// generate brings the stubs up to date and returns what changed. All
// is generated in memory first: while anything is wrong with a file nothing is
// written.
func (cmd *genCmd) generate(env *environment) ([]compiler.FileChange, error) {
	cache := cmd.cache(env)
	opts := compiler.GenOptions{Out: cmd.folder(), Cache: cache}
	if cache.Unchanged(opts, cmd.Paths...) {
		return nil, render(env, env.stderr, nil)
	}
	schema, err := load(env, env.stderr, cmd.Paths)
	if err != nil {
		return nil, err
	}
	outputs, err := cmd.outputs(schema, cache)
	if err != nil {
		return nil, err
	}
	changed, err := compiler.Write(outputs)
	if err == nil {
		cache.Remember(schema, outputs, opts, cmd.Paths...)
		tellRenames(env, compiler.Renames(changed))
	}
	return changed, err
}

// cache is what knows the last runs; nil for TypeScript, which takes no longer to generate
// than to remember: nothing formats it.
func (cmd *genCmd) cache(env *environment) *compiler.Cache {
	if cmd.Lang == "ts" {
		return nil
	}
	return userCache(env)
}

// outputs are the files that a schema becomes.
func (cmd *genCmd) outputs(schema *compiler.Schema, cache *compiler.Cache) ([]compiler.Output, error) {
	if cmd.Lang == "ts" {
		return compiler.GenerateTypeScript(schema, compiler.TypeScriptOptions{Out: cmd.folder(), JavaScript: cmd.TS == "js"})
	}
	opts := compiler.GenOptions{Out: cmd.folder()}
	if cache != nil {
		opts.Cache = cache
	}
	return compiler.Generate(schema, opts)
}

// maxRenames is how many names tellRenames lists.
const maxRenames = 8

// tellRenames says which Go names are written otherwise than in the stubs that were there.
func tellRenames(env *environment, renames []compiler.Rename) {
	if len(renames) == 0 {
		return
	}
	var list []string
	for _, r := range renames[:min(len(renames), maxRenames)] {
		list = append(list, r.Old+" is "+r.New)
	}
	if more := len(renames) - len(list); more > 0 {
		list = append(list, fmt.Sprintf("and %d more", more))
	}
	fmt.Fprintf(env.stderr, "gridc: generated names now have Go's initialisms in capitals: %s; rename their uses, or keep one with `@go(name: %q)`\n",
		strings.Join(list, ", "), renames[0].Old)
}

// folder is --out as the compiler wants it, or "" when it was not given.
func (cmd *genCmd) folder() string {
	if cmd.Out == "" {
		return ""
	}
	return path.Clean(filepath.ToSlash(cmd.Out))
}

// command is what brings the stubs up to date.
func (cmd *genCmd) command() string {
	if cmd.Lang == "ts" {
		return "gridc gen --lang ts"
	}
	return "gridc gen"
}

// checkStubs prints, as one unified diff, what gen would change on disk.
func checkStubs(env *environment, outputs []compiler.Output, command string) error {
	stale, err := compiler.Check(outputs)
	if err != nil {
		return err
	}
	if len(stale) == 0 {
		return nil
	}
	for _, s := range stale {
		if _, err := io.WriteString(env.stdout, s.Diff); err != nil {
			return err
		}
	}
	fmt.Fprintf(env.stderr, "gridc: stubs are not up to date: %s; run `%s`\n", countStale(stale), command)
	return errFindings
}

// countStale says how many stubs are stale in which way.
func countStale(stale []compiler.Stale) string {
	count := make(map[compiler.StaleKind]int)
	for _, s := range stale {
		count[s.Kind]++
	}
	var parts []string
	for _, kind := range []compiler.StaleKind{compiler.Missing, compiler.Changed, compiler.Orphaned} {
		if count[kind] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count[kind], kind))
		}
	}
	return strings.Join(parts, ", ")
}
