package tool

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/bufbuild/protocompile"
)

// The files of protobuf compile, and say what the .grid files say.
func TestBothCorporaHaveTheSameShapes(t *testing.T) {
	dir := t.TempDir()
	if err := writeProtoCorpus(dir, 2, 9); err != nil {
		t.Fatal(err)
	}
	compiler := protocompile.Compiler{Resolver: protocompile.WithStandardImports(&protocompile.SourceResolver{ImportPaths: []string{dir}})}
	compiled, err := compiler.Compile(t.Context(), protoFile(0), protoFile(1))
	if err != nil {
		t.Fatal(err)
	}
	for i, file := range compiled {
		grid := schema(i, 9)
		fields := 0
		for m := range file.Messages().Len() {
			fields += file.Messages().Get(m).Fields().Len()
		}
		for what, n := range map[string][2]int{
			`(?m)^message `:       {file.Messages().Len(), 10},
			`(?m)^\t\w+ \S+ = \d`: {fields, 9*8 + 1},
			`(?m)^\trpc `:         {file.Services().Get(0).Methods().Len(), 9},
		} {
			if in := len(regexp.MustCompile(what).FindAllString(grid, -1)); n[0] != n[1] || in != n[1] {
				t.Errorf("%s: %d in .grid, %d in .proto, want %d", what, in, n[0], n[1])
			}
		}
		a, b := strings.Count(grid, "\n"), strings.Count(protoSchema(i, 9), "\n")
		if b < a || b > a+a/10 {
			t.Errorf("%d lines of .grid, %d of .proto", a, b)
		}
	}
}

// Where nothing can be installed the reason is told, and no half of a search path.
func TestWhatCannotBeInstalledIsLeftOut(t *testing.T) {
	t.Setenv("GOPROXY", "off")
	t.Setenv("GOMODCACHE", t.TempDir())
	searchPath, err := installOthers(t.Context(), t.TempDir(), io.Discard)
	if searchPath != "" || err == nil || !strings.Contains(err.Error(), "buf@"+others[0].version+" cannot be installed") {
		t.Errorf("%q, %v", searchPath, err)
	}
}

func TestWhatIsThereIsNotInstalledAgain(t *testing.T) {
	t.Setenv("GOPROXY", "off")
	dir := t.TempDir()
	for _, p := range others {
		bin := filepath.Join(dir, p.name()+"@"+p.version)
		if err := os.MkdirAll(bin, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(bin, p.name()), nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	var progress bytes.Buffer
	searchPath, err := installOthers(t.Context(), dir, &progress)
	if err != nil || progress.Len() > 0 || len(filepath.SplitList(searchPath)) != len(others) {
		t.Errorf("%q, %v, %s", searchPath, err, progress.String())
	}
}

// Every command runs once more than it counts, a fresh one finds nothing of its
// own, and one that writes less than it should is an error.
func TestContestRunsInTurns(t *testing.T) {
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	shell := func(name, script string) entry {
		return entry{work: "w", dir: dir, command: []string{"/bin/sh", "-c", script + "; echo " + name + " $EXTRA >> " + log}, env: []string{"EXTRA=x"}}
	}
	a, b := shell("a", "test ! -e fresh/kept; echo > fresh/kept"), shell("b", ":")
	a.fresh, a.command[2] = filepath.Join(dir, "fresh"), "set -e; mkdir fresh; "+a.command[2]
	got, err := run(t.Context(), []entry{a, b}, 2)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(log)
	if want := "a x\nb x\nb x\na x\na x\nb x\n"; err != nil || string(text) != want {
		t.Errorf("%v, they ran as\n%s", err, text)
	}
	if len(got) != 2 || len(got[0].Times) != 2 || len(got[1].CPU) != 2 || got[0].Times[0] <= 0 {
		t.Errorf("%+v", got)
	}
	b.out = filepath.Join(dir, "nothing")
	if _, err := run(t.Context(), []entry{b}, 1); err == nil || !strings.Contains(err.Error(), "wrote 0 files") {
		t.Errorf("a command that wrote nothing: %v", err)
	}
}
