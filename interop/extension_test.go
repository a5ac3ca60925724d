package interop_test

import (
	"archive/zip"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// The extension for VS Code is packaged as editors/README.md says. It is a few files, of
// which one has all that comes from npm, and one the licences of that.
func TestExtensionIsPackaged(t *testing.T) {
	program := nodeProgram(t)
	folder := packaged(t)
	archives, err := filepath.Glob(filepath.Join(folder, "*.vsix"))
	if err != nil || len(archives) != 1 {
		t.Fatalf("%v %v", archives, err)
	}
	want := []string{
		"[Content_Types].xml", "extension.vsixmanifest", "extension/dist/extension.js", "extension/dist/licenses.txt",
		"extension/language-configuration.json", "extension/package.json", "extension/syntaxes/grid.tmLanguage.json",
	}
	if got := filesOf(t, archives[0]); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	licenses, err := os.ReadFile(filepath.Join(folder, "dist", "licenses.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"vscode-languageclient", "vscode-jsonrpc", "semver"} {
		if !strings.Contains(string(licenses), "\n"+name+" ") {
			t.Errorf("no licence of %s", name)
		}
	}
	bundleLoads(t, program, filepath.Join(folder, "dist"))
}

// packaged is a copy of editors/vscode in which the extension has been packaged. It skips
// the test where npm or its registry is missing.
func packaged(t *testing.T) string {
	t.Helper()
	npm, err := exec.LookPath("npm")
	if err != nil {
		t.Skip("npm is not installed: " + err.Error())
	}
	folder := t.TempDir()
	copySources(t, filepath.Join("..", "editors", "vscode"), folder)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, npm, "run", "package")
	command.Dir = folder
	command.Env = append(os.Environ(), "npm_config_prefer_offline=true", "npm_config_fetch_retries=0")
	command.WaitDelay = time.Second
	switch out, err := command.CombinedOutput(); {
	case err != nil && (ctx.Err() != nil || unreachable.Match(out)):
		t.Skip("the npm registry is not reachable, or slow: " + string(unreachable.Find(out)))
	case err != nil:
		t.Fatalf("%v\n%s", err, out)
	}
	return folder
}

// copySources copies a folder without what was built or installed in it.
func copySources(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	built, err := filepath.Glob(filepath.Join(to, "*.vsix"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(built, filepath.Join(to, "dist"), filepath.Join(to, "node_modules")) {
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
	}
}

func filesOf(t *testing.T, archive string) []string {
	t.Helper()
	r, err := zip.OpenReader(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var names []string
	for _, f := range r.File {
		names = append(names, f.Name)
	}
	slices.Sort(names)
	return names
}

// bundleLoads has Node load what VS Code would, away from node_modules, with a module in
// the place of VS Code's.
func bundleLoads(t *testing.T, program, dist string) {
	t.Helper()
	alone := t.TempDir()
	if err := os.CopyFS(alone, os.DirFS(dist)); err != nil {
		t.Fatal(err)
	}
	const script = `
const anything = new Proxy(class {}, { get: (of, name) => (name === Symbol.toPrimitive ? () => "" : name in of ? of[name] : anything) });
const Module = require("node:module");
const load = Module._load;
Module._load = (name, ...rest) => (name === "vscode" ? anything : load(name, ...rest));
const { activate, deactivate } = require(process.argv[1]);
console.log(typeof activate, typeof deactivate);
`
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	out, err := exec.CommandContext(ctx, program, "-e", script, filepath.Join(alone, "extension.js")).CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != "function function" {
		t.Errorf("%v\n%s", err, out)
	}
}
