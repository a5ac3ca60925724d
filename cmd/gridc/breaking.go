package main

import (
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/gridrpc/gridc/compiler"
	"github.com/gridrpc/gridc/idl"
)

// breakingCmd is `gridc breaking`.
type breakingCmd struct {
	Against string   `required:"" placeholder:"REF|FOLDER|FILE" help:"What to compare with: a git ref, a folder with older files (as ./old or ../checkout), or a file that gridc ir wrote (any name that ends with .json)."`
	Level   string   `enum:"wire,rollout,source" default:"wire" help:"What fails: wire, and up to the level given also rollout and source."`
	Accept  string   `placeholder:"REASON" help:"Record what fails as intended, in grid.allow beside the files; it no longer fails then."`
	Only    []string `placeholder:"ID" help:"Look only at this rule (wire/field-deleted) or subject (storage.Ack.1)."`
	Paths   []string `arg:"" name:"path" help:"A .grid file, or a folder for all below it."`
}

// run compares and reports. Only changes up to the level are errors, and only
// errors are status 1.
func (cmd *breakingCmd) run(env *environment) error {
	base, err := cmd.baseline(env)
	if err != nil {
		return err
	}
	before, now := base.Schema, base.Now
	allowed, ds, err := compiler.ReadAllowed(compiler.Options{}, before, now)
	if err != nil {
		return err
	}
	changes := allowed.Remaining(compiler.Breaking(before, now, compiler.ChangeLevels[cmd.Level]))
	ds = append(ds, allowed.Stale()...)
	changes = slices.DeleteFunc(changes, cmd.ignores)
	if cmd.Accept != "" && !compiler.HasErrors(ds) {
		if changes, err = cmd.accept(env, changes); err != nil {
			return err
		}
	}
	for _, c := range changes {
		ds = append(ds, c.Diagnostic)
	}
	if err := render(env, env.stdout, compiler.SortDiagnostics(ds)); err != nil {
		return err
	}
	if compiler.HasErrors(ds) {
		return errFindings
	}
	return nil
}

// baseline reads both revisions. An older one with mistakes is no baseline.
func (cmd *breakingCmd) baseline(env *environment) (*compiler.Baseline, error) {
	base, err := compiler.ReadBaseline(cmd.Against, cmd.Paths, func(paths ...string) (*compiler.Schema, error) {
		return load(env, env.stderr, paths)
	})
	if err != nil {
		return nil, err
	}
	if base.NoRef != nil {
		fmt.Fprintf(env.stderr, "gridc: comparing with the files of %s, for it is no git ref here\n", cmd.Against)
	}
	if base.Schema == nil {
		if err := renderFrom(env, env.stderr, base.Diagnostics, base.ReadFile); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("the files at %s have mistakes of their own: there is nothing to compare with", cmd.Against)
	}
	for _, name := range base.New {
		fmt.Fprintf(env.stderr, "gridc: package %s is new: %s has nothing to compare it with\n", name, cmd.Against)
	}
	return base, cmd.checkOnly(base)
}

// checkOnly refuses to look only at what cannot be found: a misspelt rule or
// subject would pass whatever has changed.
func (cmd *breakingCmd) checkOnly(base *compiler.Baseline) error {
	for _, only := range cmd.Only {
		if compiler.IsChangeRule(only) || compiler.HasSubject(base.Schema, only) || compiler.HasSubject(base.Now, only) {
			continue
		}
		return fmt.Errorf("--only %s: there is no such rule, and no such thing in the files; `gridc explain` lists the rules, and grid.allow names subjects, as storage.Ack.1 or storage.Storage.Get", only)
	}
	return nil
}

// ignores reports whether --only leaves a change out. That the comparison is not
// complete is always said: what was not looked at may hold what is looked for.
func (cmd *breakingCmd) ignores(c compiler.Change) bool {
	return len(cmd.Only) > 0 && c.ID != compiler.TooComplex && !slices.Contains(cmd.Only, c.ID) && !slices.Contains(cmd.Only, c.Subject)
}

// accept records the changes that fail, and returns the others.
func (cmd *breakingCmd) accept(env *environment, changes []compiler.Change) ([]compiler.Change, error) {
	var failing, others []compiler.Change
	for _, c := range changes {
		if c.Diagnostic.Severity == idl.SeverityError {
			failing = append(failing, c)
		} else {
			others = append(others, c)
		}
	}
	files, err := compiler.Allow(compiler.Options{}, failing, cmd.Accept)
	if err != nil {
		return nil, err
	}
	for _, file := range slices.Sorted(maps.Keys(files)) {
		if err := writeOrReplace(file, files[file]); err != nil {
			return nil, err
		}
		fmt.Fprintf(env.stderr, "gridc: recorded in %s\n", file)
	}
	return others, nil
}

// writeOrReplace gives a file its content, whether it is there yet or not.
func writeOrReplace(file string, content []byte) error {
	if _, err := os.Lstat(file); err == nil {
		return compiler.ReplaceFile(file, content)
	}
	return os.WriteFile(file, content, 0o644)
}
