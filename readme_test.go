package gridc_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// codeBlock is a fenced block of Markdown with its language.
var codeBlock = regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$")

// readmeBlocks are the blocks of README.md that hold Go or .grid, by what they
// begin with.
func readmeBlocks(t *testing.T) map[string]string {
	t.Helper()
	blocks := make(map[string]string)
	for _, m := range codeBlock.FindAllStringSubmatch(read(t, "README.md"), -1) {
		first, _, _ := strings.Cut(m[2], "\n")
		blocks[first] = m[2]
	}
	for _, first := range []string{"package lock", "go run ./examples/storage", "go test ./..."} {
		if blocks[first] == "" {
			t.Fatalf("README.md has no block that begins with %q", first)
		}
	}
	return blocks
}

// blockWith is the Go block that holds a text.
func blockWith(t *testing.T, blocks map[string]string, text string) string {
	t.Helper()
	for _, block := range blocks {
		if strings.Contains(block, text) {
			return block
		}
	}
	t.Fatalf("README.md has no block with %q", text)
	return ""
}

// What README.md shows works as it stands there, in a module of a user's own:
// the schema compiles by each of the commands, and the server and the client
// build against what comes out.
func TestReadme(t *testing.T) {
	blocks := readmeBlocks(t)
	module := newModule(t)
	goRun(t, module, "mod", "edit", "-tool="+modulePath+"/cmd/gridc")
	write(t, filepath.Join(module, "lock.grid"), blocks["package lock"])
	goRun(t, module, "run", modulePath+"/cmd/gridc", "gen", "lock.grid")
	write(t, filepath.Join(module, "locks.go"), readmeProgram(t, blocks))
	goRun(t, module, "vet", "./...")
	goRun(t, module, "tool", "gridc", "gen", "--check", ".")

	// The line for `go generate` brings a changed schema up to date.
	readme := read(t, "README.md")
	const generate = "//go:generate go tool gridc gen lock.grid"
	if !strings.Contains(readme, generate) {
		t.Fatalf("README.md no longer shows %s", generate)
	}
	write(t, filepath.Join(module, "generate.go"), "package main\n\n"+generate+"\n")
	write(t, filepath.Join(module, "lock.grid"), edit(t, blocks["package lock"], []string{"lease duration = 2", "lease duration = 3"}))
	stale := exec.Command("go", "tool", "gridc", "gen", "--check", ".")
	stale.Dir = module
	stale.Env = append(os.Environ(), "GOWORK=off")
	if out, err := stale.CombinedOutput(); err == nil || !strings.Contains(string(out), "+") {
		t.Errorf("--check does not see the change: %v\n%s", err, out)
	}
	goRun(t, module, "generate", "./...")
	goRun(t, module, "tool", "gridc", "gen", "--check", ".")
}

// readmeProgram puts the server and the client of README.md into one program,
// with what they leave out.
func readmeProgram(t *testing.T, blocks map[string]string) string {
	t.Helper()
	server := blockWith(t, blocks, "lock.UnimplementedLockServer")
	declarations, statements, found := strings.Cut(server, "\nm, err := ")
	if !found {
		t.Fatalf("the server of README.md makes no Manager:\n%s", server)
	}
	return `package main

import (
	"context"
	"errors"
	"log"
	"net/http"
	"time"

	"example.com/app/gen/lock"
	grid "` + modulePath + `/runtime"
)

` + declarations + `
func (l *locks) try(name, caller string, lease time.Duration) (owner string, held bool) { return caller, name == "" && lease > 0 }

func serve(key []byte) (*grid.Manager, error) {
	m, err := ` + statements + `
	return m, err
}

func call(ctx context.Context, m *grid.Manager) {
` + blockWith(t, blocks, "lock.NewLockClient") + `
}

func main() {
	m, err := serve(nil)
	if err == nil {
		call(context.Background(), m)
	}
}
`
}

// The schema of README.md is in the one canonical form.
func TestReadmeSchemaIsFormatted(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lock.grid")
	write(t, file, readmeBlocks(t)["package lock"])
	if out, err := exec.Command("go", "run", "./cmd/gridc", "fmt", "-d", file).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
