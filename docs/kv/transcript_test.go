package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// transcript is a block of the guide: commands behind `$`, each with what it prints.
var transcript = regexp.MustCompile("(?ms)^```console\n(.*?)^```$")

// What the guide shows of a shell happens so, from top to bottom, in one folder.
func TestTranscriptsOfTheGuide(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds commands")
	}
	text, err := os.ReadFile("../guide.md")
	if err != nil {
		t.Fatal(err)
	}
	s := newShell(t)
	defer s.end()
	commands := 0
	for _, m := range transcript.FindAllStringSubmatch(string(text), -1) {
		want, got := m[1], ""
		for line := range strings.Lines(want) {
			if command, ok := strings.CutPrefix(line, "$ "); ok {
				commands++
				got += line + s.do(strings.TrimSpace(command))
			}
		}
		if got != want {
			t.Errorf("docs/guide.md has\n%s\nand it is\n%s", want, got)
		}
	}
	if commands < 8 {
		t.Errorf("the guide has %d commands; are they still found?", commands)
	}
}

// shell does what the guide's reader does. Nodes run in the process of the test, where
// there is a free port.
type shell struct {
	t         *testing.T
	root      string // of the repository
	bin       string
	addresses *strings.Replacer // where the guide has nodes → where they listen
	pairs     []string
	back      *strings.Replacer

	ctx   context.Context
	leave context.CancelFunc
	nodes sync.WaitGroup
}

func newShell(t *testing.T) *shell {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	s := &shell{t: t, root: root, bin: t.TempDir(), addresses: strings.NewReplacer(), back: strings.NewReplacer()}
	s.ctx, s.leave = context.WithCancel(context.Background())
	t.Chdir(t.TempDir())
	return s
}

// end ends all nodes.
func (s *shell) end() {
	s.leave()
	s.nodes.Wait()
}

// words are those of a command line, in single quotes or without.
func words(line string) (all []string) {
	for _, word := range regexp.MustCompile(`'[^']*'|\S+`).FindAllString(line, -1) {
		all = append(all, strings.Trim(word, "'"))
	}
	return all
}

// do does one command, and returns what it prints.
func (s *shell) do(line string) string {
	s.t.Helper()
	args := words(s.addresses.Replace(line))
	switch {
	case args[0] == "go" && args[1] == "install":
		return s.build(args[2:])
	case args[0] == "kv" && args[len(args)-1] == "&":
		return s.startNode(words(line)[1 : len(args)-1])
	case args[0] == "kv":
		var out bytes.Buffer
		run(s.ctx, args[1:], &out, &out)
		return s.back.Replace(out.String())
	}
	out, err := exec.Command(filepath.Join(s.bin, args[0]), args[1:]...).CombinedOutput()
	if failed := (*exec.ExitError)(nil); err != nil && !errors.As(err, &failed) {
		s.t.Fatalf("%s: %v", line, err)
	}
	return s.back.Replace(string(out))
}

// build makes the commands of this repository.
func (s *shell) build(packages []string) string {
	s.t.Helper()
	build := exec.Command("go", append([]string{"build", "-o", s.bin + string(filepath.Separator)}, packages...)...)
	build.Dir = s.root
	if out, err := build.CombinedOutput(); err != nil {
		s.t.Fatalf("%v\n%s", err, out)
	}
	return ""
}

// startNode runs a node to the end of the test, and returns the line by which it says that
// it is there.
func (s *shell) startNode(args []string) string {
	s.t.Helper()
	documented := ""
	for i, arg := range args {
		if arg == "-listen" {
			documented, args[i+1] = args[i+1], "127.0.0.1:0"
		}
		if arg == "-peers" {
			args[i+1] = s.addresses.Replace(args[i+1])
		}
	}
	read, write := io.Pipe()
	s.nodes.Go(func() {
		if status := run(s.ctx, args, write, io.Discard); status != 0 {
			s.t.Errorf("kv %q ended with %d", args, status)
		}
		write.Close()
	})
	line, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		s.t.Fatalf("kv %q: %v", args, err)
	}
	s.pairs = append(s.pairs, documented, strings.TrimSpace(strings.TrimPrefix(line, "listening on ")))
	s.addresses = strings.NewReplacer(s.pairs...)
	var back []string
	for i := 0; i < len(s.pairs); i += 2 {
		back = append(back, s.pairs[i+1], s.pairs[i])
	}
	s.back = strings.NewReplacer(back...)
	return s.back.Replace(line)
}
