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
	"slices"
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
	direct, indirect := requirements(string(mod))
	text := head + "\nrequire (\n\t" + gridcModule + " v0.0.0\n" + direct + ")\n\nreplace " + gridcModule + " => " + modQuoted(source) + "\n\nrequire (\n" + indirect + ")\n"
	return starterMod{text: text, sum: tidySum(string(sum))}, nil
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

var requirement = regexp.MustCompile(`(?m)^\t(([^\s/]\S*) v\S+)`)

// The modules of gridc's go.mod that a starter does not need: they serve the tests
// of gridc. Those of unusedSums serve theirs, and have left lines in go.sum alone.
var (
	unusedModules = []string{"github.com/google/go-cmp", "go.uber.org/goleak", "golang.org/x/tools"}
	unusedSums    = []string{"github.com/davecgh/go-spew", "github.com/pmezard/go-difflib", "github.com/stretchr/testify", "gopkg.in/yaml.v3"}
)

// directModule is what the generated code imports itself, besides gridc.
const directModule = "github.com/tinylib/msgp"

// requirements are those of gridc's go.mod which a starter has, in the form that
// `go mod tidy` gives them: with them the go command has nothing to look up.
func requirements(mod string) (direct, indirect string) {
	var lines []string
	for _, m := range requirement.FindAllStringSubmatch(mod, -1) {
		switch {
		case slices.Contains(unusedModules, m[2]):
		case m[2] == directModule:
			direct += "\t" + m[1] + "\n"
		default:
			lines = append(lines, "\t"+m[1]+" // indirect\n")
		}
	}
	slices.Sort(lines)
	return direct, strings.Join(lines, "")
}

// tidySum is gridc's go.sum without what a starter does not need.
func tidySum(sum string) string {
	var b strings.Builder
	for line := range strings.Lines(sum) {
		if module, _, _ := strings.Cut(line, " "); !slices.Contains(unusedSums, module) {
			b.WriteString(line)
		}
	}
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
func (m starterMod) next(dir, pkg string, before ...string) string {
	steps := []string{"cd " + shellQuoted(dir)}
	for _, step := range before {
		if step != "" {
			steps = append(steps, step)
		}
	}
	if m.tidy {
		steps = append(steps, "go mod tidy")
	}
	steps = append(steps,
		"go test ./...",
		"go run .             # says how to start two nodes, and to call them",
		"go generate ./...    # after a change of "+pkg+".grid")
	return "Next:\n\n    " + strings.Join(steps, "\n    ") + "\n"
}

// requireStep is what the module around a new folder still lacks to build it: gridc,
// or what generated code imports besides. It is empty where there is nothing.
func (cmd *newCmd) requireStep(mod starterMod) string {
	abs, err := filepath.Abs(cmd.Dir)
	if mod.text != "" || err != nil {
		return ""
	}
	text, err := os.ReadFile(nearestFile(abs, "go.mod"))
	switch source := sourceFolder(); {
	case err != nil:
		return ""
	case strings.Contains(string(text), gridcModule) && strings.Contains(string(text), directModule):
		return ""
	case strings.Contains(string(text), gridcModule):
		return "go mod tidy          # for what the generated code imports"
	case source == "":
		return "go get -tool " + gridcModule + "/cmd/gridc@" + version()
	default:
		return "go mod edit -require=" + gridcModule + "@v0.0.0 -replace=" + gridcModule + "=" + shellQuoted(source) + " -tool=" + gridcModule + "/cmd/gridc\n    go mod tidy"
	}
}
