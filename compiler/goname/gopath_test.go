package goname

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The rules of import paths are those of the go command: each folder is refused by
// both, or by none.
func TestImportPathFaultAgreesWithGo(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command")
	}
	dir := t.TempDir()
	write := func(name, text string) bool {
		file := filepath.Join(dir, name)
		return os.MkdirAll(filepath.Dir(file), 0o755) == nil && os.WriteFile(file, []byte(text), 0o644) == nil
	}
	write("go.mod", "module example.com/t\n\ngo 1.26\n")
	folders := []string{
		"Größe", "ü", "日本", "a b", "a+b", "a-b", "a_b", "a.b", "a..b", "a.", "A", "v1",
		"a~1", "a~1.x", "a~b", "a~12b", "x~", "~1", "con", "Con.x", "com0", "com1", "COM9.txt", "lpt9", "lpt0", "nul", "prn", "aux", "conx", "x.con",
		"a,b", "a'b", "a=b", "a#b", "a!b", "a%b", "a&b", "a(b)", "a;b", "a{b", "a$b", "a^b", "a`b",
	}
	made := map[string]bool{}
	for _, folder := range folders {
		// What the system itself refuses needs no rule.
		made[folder] = write(folder+"/x.go", "package x\n")
	}
	cmd := exec.Command("go", "list", "-e", "-f", "{{.ImportPath}}\t{{with .Error}}{{.}}{{end}}", "./...")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=", "GOPROXY=off")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, out)
	}
	refused := map[string]string{}
	for line := range strings.Lines(string(out)) {
		path, fault, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		refused[strings.TrimPrefix(path, "example.com/t/")] = fault
	}
	for _, folder := range folders {
		fault, listed := refused[folder]
		if !made[folder] {
			continue
		}
		if !listed {
			t.Errorf("go list says nothing of %q", folder)
		}
		if got := ImportPathFault("example.com/t/" + folder); (got == "") != (fault == "") {
			t.Errorf("%q: %q, Go says %q", folder, got, fault)
		}
	}
}

// Folders whose names make the go command fail as a whole, and paths that no folder
// can have.
func TestImportPathFault(t *testing.T) {
	for path, want := range map[string]string{
		"": "empty", "-a/b": "`-`", "a//b": "empty", "a/b@c": "'@'", "a/b:c": "':'", "a/\xff": "UTF-8", "a/./b": "dot", "a/..": "dot",
		"a\\b": `'\\'`, "example.com/gen/disk": "",
	} {
		if got := ImportPathFault(path); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%q: got %q, want %q", path, got, want)
		}
	}
}

func TestModulePathFault(t *testing.T) {
	for path, ok := range map[string]bool{
		"example.com/a": true, "a": true, "example.com/a/v2": true, "example.com/a.b/c_d": true, "v1": true, "example.com/v2x": true, "example.com/v": true,
		"example.com/a/v1": false, "example.com/a/v0": false, "example.com/a/v02": false, "example.com/a/v2.1": false,
		"example.com/.a": false, "example.com/a+b": false, "a b": false, "example.com/Länge": false, "example.com/": false, "": false,
	} {
		if got := ModulePathFault(path); (got == "") != ok {
			t.Errorf("%q: %q", path, got)
		}
	}
}
