package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// replay runs what docs/gridc.md shows, in a folder of its own.
type replay struct {
	*testing.T
	cache    string
	git      bool // is installed
	commands int
	watching *watched
	alike    func(string) string // of two texts that count as the same it makes one

	home     string              // folder of this package
	storage  string              // the storage example, built when it is needed
	nodes    []*exec.Cmd         // that the document has started
	forwards map[string]*forward // where the nodes of the document are
}

func newReplay(t *testing.T) *replay {
	t.Helper()
	_, err := exec.LookPath("git")
	home, homeErr := os.Getwd()
	if homeErr != nil {
		t.Fatal(homeErr)
	}
	r := &replay{T: t, cache: t.TempDir(), git: err == nil, home: home}
	t.Chdir(t.TempDir())
	return r
}

// write replaces a file in one step: nobody who watches sees half of it.
func (r *replay) write(name, text string) {
	r.Helper()
	if err := os.WriteFile(".new", []byte(text), 0o644); err != nil {
		r.Fatal(err)
	}
	if err := os.Rename(".new", name); err != nil {
		r.Fatal(err)
	}
}

// step is a command as the document has it, with what it is said to print.
type step struct{ line, prints string }

// console does what a block shows, and returns the block as it is now.
func (r *replay) console(block string) string {
	r.Helper()
	if !strings.HasPrefix(block, "$ ") {
		return r.next(block)
	}
	var steps []step
	for line := range strings.Lines(block) {
		if strings.HasPrefix(line, "$ ") {
			steps = append(steps, step{line: line})
		} else {
			steps[len(steps)-1].prints += line
		}
	}
	var out strings.Builder
	for _, s := range steps {
		r.commands++
		out.WriteString(s.line + r.settled(strings.TrimSpace(s.line[2:]), s.prints))
	}
	return out.String()
}

// settled is what a command prints: as it is said to print, if it does so within some time
// and what it prints may change.
func (r *replay) settled(command, prints string) string {
	r.Helper()
	began := time.Now()
	for {
		said := r.run(command, prints)
		switch {
		case r.alike(said) == r.alike(prints):
			return prints
		case !r.changes(command) || time.Since(began) > patience, *updateDocs && time.Since(began) > 8*time.Second:
			return said
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// changes reports whether a command asks what may be otherwise in a moment, and changes
// nothing itself.
func (r *replay) changes(command string) bool {
	name, _, _ := strings.Cut(command, " ")
	return r.alike("1") != "1" && !strings.HasSuffix(command, " &") && (name == "gridc" || name == "grep" || name == "curl")
}

// exactly finds texts alike that are the same.
func exactly(text string) string { return text }

var (
	moment = regexp.MustCompile(`\d{4}-\d\d-\d\dT[0-9:.]+(Z|[+-]\d\d:\d\d)`)
	figure = regexp.MustCompile(`\d+(\.\d+)?((ns|µs|ms|s|m|h|d|B|KiB|MiB)\b)?(\d+[sm]\b)?`)
	guest  = regexp.MustCompile(`gridc-[a-z0-9]{10}`)
	blanks = regexp.MustCompile(` +`)
	over   = regexp.MustCompile(`(?m) was: .*$`)
)

// inWords finds texts alike that have the same words, with other numbers between them and
// lines that these put in another order. What went wrong before, and is over, is no matter.
func inWords(text string) string {
	text = over.ReplaceAllString(text, "")
	text = guest.ReplaceAllString(moment.ReplaceAllString(text, "T"), "gridc-guest")
	text = blanks.ReplaceAllString(figure.ReplaceAllString(text, "0"), " ")
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// next is what the watch says next.
func (r *replay) next(block string) string {
	r.Helper()
	if r.watching == nil {
		r.Fatalf("nobody is watching:\n%s", block)
	}
	prints, ends := strings.CutSuffix(block, "^C\n")
	out := r.watching.read(prints)
	if ends {
		out += "^C\n" + r.watching.end()
		r.watching = nil
	}
	return out
}

// word is one word of a command line, in quotes or without.
var word = regexp.MustCompile(`"[^"]*"|'[^']*'|\S+`)

// unquoted is a word without its quotes.
func unquoted(word string) string {
	if len(word) > 1 && (word[0] == '"' || word[0] == '\'') {
		return word[1 : len(word)-1]
	}
	return word
}

// run runs one command and returns what it prints. Besides gridc there are cat, grep, curl,
// git and the storage example, which runs on until kill stops it, and `> FILE` at the end.
// Without git, what needs it is as it is said.
func (r *replay) run(command, prints string) string {
	r.Helper()
	command = strings.TrimPrefix(command, "sleep 60 | ") // nobody types anyway
	command, file, redirected := strings.Cut(command, " > ")
	var args []string
	for _, arg := range word.FindAllString(command, -1) {
		args = append(args, unquoted(arg))
	}
	switch {
	case !r.git && (args[0] == "git" || strings.Contains(command, "--against HEAD")):
		r.Logf("git is not installed: skipped %s", command)
		return prints
	case args[0] == "git":
		return r.runGit(args[1:])
	case args[0] == "cat":
		text, err := os.ReadFile(args[1])
		if err != nil {
			r.Fatal(err)
		}
		return string(text)
	case args[0] == "storage":
		return r.startNode(args[1:])
	case args[0] == "grep":
		return r.grep(args[1], args[2])
	case args[0] == "curl":
		return r.curl(args[2])
	case args[0] == "kill":
		return r.stopNode(args[2])
	case args[0] != "gridc":
		r.Fatalf("the document runs %q", args[0])
	case strings.Contains(command, "--watch"):
		r.watching = startReplayedWatch(r, args[1:])
		return r.watching.read(prints)
	}
	for i := range args {
		args[i] = r.whereItIs(args[i])
	}
	if args[len(args)-1] == "&" {
		go r.gridc(args[1 : len(args)-1]) // it ends with its input, or its node
		return ""
	}
	stdout, stderr, status := r.gridc(args[1:])
	stdout, stderr = r.asDocumented(stdout), r.asDocumented(stderr)
	if redirected {
		r.write(file, stdout)
		stdout = ""
	}
	if status != statusOK {
		stderr += fmt.Sprintf("[%d]\n", status)
	}
	return stdout + stderr
}

func (r *replay) environment() *environment {
	return &environment{format: "auto", getenv: func(name string) string {
		return map[string]string{cacheVariable: r.cache}[name]
	}}
}

func (r *replay) gridc(args []string) (stdout, stderr string, status int) {
	var out, errors bytes.Buffer
	env := r.environment()
	env.stdout, env.stderr = &out, &errors
	env.stdin = r.keyboard()
	status = run(args, env)
	// What built the tests is not what built the reader's gridc.
	return strings.ReplaceAll(out.String(), versionLine(), docsVersion), errors.String(), status
}

// docsVersion is the build that the document shows.
const docsVersion = "gridc v1.0.0 go1.26.0"

// runGit runs git without the settings of whoever runs the tests.
func (r *replay) runGit(args []string) string {
	r.Helper()
	cmd := exec.Command("git", args...)
	cmd.Env = append(os.Environ(),
		"GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C",
		"GIT_AUTHOR_NAME=dev", "GIT_AUTHOR_EMAIL=dev@example.com",
		"GIT_COMMITTER_NAME=dev", "GIT_COMMITTER_EMAIL=dev@example.com",
	)
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}
