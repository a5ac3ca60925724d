package main

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/gridrpc/gridc/compiler"
)

// newCmd is `gridc new`.
type newCmd struct {
	Module  string `placeholder:"PATH" help:"Module path for the go.mod of the new folder; example.com/ and its name unless given. A folder inside a module gets no go.mod of its own."`
	Replace string `placeholder:"DIR" help:"Use the source of gridc in this folder instead of a released version."`
	Dir     string `arg:"" help:"Folder to make; it must be empty or not there yet. The package, the error code and the .grid file are called after it, and the handler ids are free in the module around it."`
}

// starter holds the files of the new folder. Go code has .txt after its name so
// that it is no package of this module.
//
//go:embed starter
var starter embed.FS

const (
	starterPackage = "lock" // as the files of the starter spell it
	starterModule  = "example.com/lock"
	gridcModule    = "github.com/gridrpc/gridc"
)

func (cmd *newCmd) run(env *environment) error {
	compiler.Sweep(cmd.Dir)
	if err := requireEmpty(cmd.Dir); err != nil {
		return err
	}
	names, err := namesFor(cmd.Dir)
	if err != nil {
		return err
	}
	module, mod, err := cmd.goModule(names.pkg)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(cmd.Dir, 0o755); err != nil {
		return err
	}
	if err := mod.write(cmd.Dir); err != nil {
		return err
	}
	if err := writeStarter(cmd.Dir, module, names); err != nil {
		return err
	}
	if err := generateStarter(cmd.Dir, names); err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.stdout, "%s is a lock service: %s.grid, server.go, client.go, main.go and a test.\n\n%s", cmd.Dir, names.pkg, mod.next(cmd.Dir, names.pkg, workspaceStep(env, cmd.Dir), cmd.requireStep(mod)))
	return err
}

// requireEmpty refuses a folder in which something would have to give way.
func requireEmpty(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case len(entries) > 0:
		return fmt.Errorf("%s is not empty: nothing was written", dir)
	}
	return nil
}

// writeStarter writes the embedded files, with the module's own path and names in
// them.
func writeStarter(dir, module string, names starterNames) error {
	entries, err := starter.ReadDir("starter")
	if err != nil {
		return &compiler.Fault{Err: err}
	}
	for _, e := range entries {
		text, err := starter.ReadFile(path.Join("starter", e.Name()))
		if err != nil {
			return &compiler.Fault{Err: err}
		}
		file := filepath.Join(dir, names.file(e.Name()))
		if err := writeNew(file, strings.ReplaceAll(names.apply(string(text)), starterModule, module)); err != nil {
			return err
		}
	}
	return nil
}

// writeNew writes a file that is not there yet.
func writeNew(file, text string) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// generateStarter does what `go generate` does later.
func generateStarter(dir string, names starterNames) error {
	schema, ds, err := compiler.Load(compiler.Options{}, filepath.ToSlash(filepath.Join(dir, names.pkg+".grid")))
	if err != nil {
		return err
	}
	if compiler.HasErrors(ds) {
		return &compiler.Fault{Err: errors.New("the starter has a mistake: " + compiler.OneLine(ds[0]))}
	}
	outputs, err := compiler.Generate(schema, compiler.GenOptions{})
	if err != nil {
		return err
	}
	_, err = compiler.Write(outputs)
	return err
}
