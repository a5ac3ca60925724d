package main

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/gridrpc/gridc/compiler"
)

// starterMod is the go.mod of a new folder; empty inside of a module, which has
// one already.
type starterMod struct {
	text, sum string
	tidy      bool // the go command has to fetch what the module requires
}

// goModule returns the import path of the new folder, and its go.mod, which is
// called after the package unless the user says how.
func (cmd *newCmd) goModule(pkg string) (string, starterMod, error) {
	if cmd.Module == "" && cmd.Replace == "" {
		inside, err := compiler.GoImportPath(filepath.ToSlash(cmd.Dir))
		if !errors.Is(err, compiler.ErrNoModule) {
			return inside, starterMod{}, err
		}
	}
	module := cmd.Module
	if module == "" {
		module = path.Join(path.Dir(starterModule), pkg)
	}
	if fault := compiler.ModulePathFault(module); fault != "" {
		return "", starterMod{}, fmt.Errorf("%q is no module path: %s", module, fault)
	}
	mod, err := cmd.modFile(module)
	return module, mod, err
}

// modFile is a go.mod with gridc as a tool: of a released version, or, where
// this build is none, of the source that it was built from.
func (cmd *newCmd) modFile(module string) (starterMod, error) {
	head := "module " + module + "\n\ngo 1.26\n\ntool " + gridcModule + "/cmd/gridc\n"
	source := cmd.Replace
	if source == "" {
		source = sourceFolder()
	}
	if source == "" {
		if !strings.HasPrefix(version(), "v") {
			return starterMod{}, errors.New("this gridc is of no released version, and its source is gone: name it with --replace")
		}
		return starterMod{text: head + "\nrequire " + gridcModule + " " + version() + "\n", tidy: true}, nil
	}
	source, err := filepath.Abs(source)
	if err != nil {
		return starterMod{}, err
	}
	mod, err := os.ReadFile(filepath.Join(source, "go.mod"))
	if err != nil {
		return starterMod{}, err
	}
	if !strings.HasPrefix(string(mod), "module "+gridcModule+"\n") {
		return starterMod{}, fmt.Errorf("%s is not the source of gridc", source)
	}
	sum, err := os.ReadFile(filepath.Join(source, "go.sum"))
	if err != nil {
		return starterMod{}, err
	}
	text := head + "\nrequire " + gridcModule + " v0.0.0\n\nreplace " + gridcModule + " => " + modQuoted(source) + "\n" + indirect(string(mod))
	return starterMod{text: text, sum: string(sum)}, nil
}

// sourceFolder is the source that this build was made from, unless a released
// version says so better. It is empty when there is none any more.
func sourceFolder() string {
	if info, ok := debug.ReadBuildInfo(); ok && isReleased(info) {
		return ""
	}
	_, file, _, ok := runtime.Caller(0)
	if !ok {
		return ""
	}
	folder := filepath.Dir(filepath.Dir(filepath.Dir(file))) // cmd/gridc/new_module.go
	if _, err := os.Stat(filepath.Join(folder, "go.mod")); err != nil {
		return ""
	}
	return folder
}

// modQuoted is a path as a go.mod spells it.
func modQuoted(path string) string {
	if strings.ContainsAny(path, " \t\"'`()[]{},") {
		return strconv.Quote(path)
	}
	return path
}

var requirement = regexp.MustCompile(`(?m)^\t([^\s/]\S* v\S+)`)

// indirect are the requirements of a go.mod, as whoever requires it lists them:
// with them the go command has nothing to look up.
func indirect(mod string) string {
	var b strings.Builder
	b.WriteString("\nrequire (\n")
	for _, m := range requirement.FindAllStringSubmatch(mod, -1) {
		b.WriteString("\t" + m[1] + " // indirect\n")
	}
	b.WriteString(")\n")
	return b.String()
}

func (m starterMod) write(dir string) error {
	if m.text == "" {
		return nil
	}
	if err := writeNew(filepath.Join(dir, "go.mod"), m.text); err != nil || m.sum == "" {
		return err
	}
	return writeNew(filepath.Join(dir, "go.sum"), m.sum)
}

// shellQuoted is a path as a shell takes it for one word.
func shellQuoted(path string) string {
	if strings.ContainsAny(path, " \t\"'`$&|;<>()*?[]#~!\\{}") {
		return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	}
	return path
}

// next says how to go on.
func (m starterMod) next(dir, pkg, workspace string) string {
	steps := []string{"cd " + shellQuoted(dir)}
	if workspace != "" {
		steps = append(steps, workspace)
	}
	if m.tidy {
		steps = append(steps, "go mod tidy")
	}
	steps = append(steps,
		"go test ./...",
		"go run .             # says how to start two nodes",
		"go generate ./...    # after a change of "+pkg+".grid")
	return "Next:\n\n    " + strings.Join(steps, "\n    ") + "\n"
}
