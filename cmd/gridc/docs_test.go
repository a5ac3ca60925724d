package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var updateDocs = flag.Bool("update", false, "write what the commands of docs/gridc.md print")

// fence is a fenced block of Markdown: what it is, the name of a file, the text.
var fence = regexp.MustCompile("(?ms)^```([a-z]*)(?: ([^\n`]+))?\n(.*?)^```$")

// Blocks of docs/gridc.md with the name of a file write that file. Blocks
// "console" hold commands behind `$`, each with what it prints, and with `[n]` at
// the end when its status is not 0. All happen in one folder, from top to bottom.
func TestDocs(t *testing.T) {
	doc, err := filepath.Abs("../../docs/gridc.md")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(doc)
	if err != nil {
		t.Fatal(err)
	}
	cache := t.TempDir()
	t.Chdir(t.TempDir())
	commands := 0
	got := fence.ReplaceAllStringFunc(string(text), func(block string) string {
		m := fence.FindStringSubmatch(block)
		switch {
		case m[2] != "":
			if err := os.WriteFile(m[2], []byte(m[3]), 0o644); err != nil {
				t.Fatal(err)
			}
		case m[1] == "console":
			var out strings.Builder
			for line := range strings.Lines(m[3]) {
				if command, ok := strings.CutPrefix(line, "$ "); ok {
					commands++
					out.WriteString(line + replay(t, strings.TrimSpace(command), cache))
				}
			}
			return "```console\n" + out.String() + "```"
		}
		return block
	})
	if commands < 20 {
		t.Errorf("only %d commands: the document is no longer read", commands)
	}
	if diff := cmp.Diff(string(text), got); diff != "" && !*updateDocs {
		t.Errorf("docs/gridc.md (-says +is); -update writes it:\n%s", diff)
	} else if diff != "" {
		if err := os.WriteFile(doc, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// word is one word of a command line, in double quotes or without.
var word = regexp.MustCompile(`"[^"]*"|\S+`)

// replay runs one command and returns what it prints. Besides gridc there is cat,
// and `> FILE` at the end.
func replay(t *testing.T, command, cache string) string {
	t.Helper()
	command, file, redirected := strings.Cut(command, " > ")
	var args []string
	for _, arg := range word.FindAllString(command, -1) {
		args = append(args, strings.Trim(arg, `"`))
	}
	var stdout, stderr bytes.Buffer
	switch args[0] {
	case "cat":
		text, err := os.ReadFile(args[1])
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	case "gridc":
		env := &environment{stdout: &stdout, stderr: &stderr, format: "auto", getenv: func(name string) string {
			return map[string]string{cacheVariable: cache}[name]
		}}
		status := run(args[1:], env)
		out := stdout.String()
		if redirected {
			if err := os.WriteFile(file, stdout.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			out = ""
		}
		out += stderr.String()
		if status != statusOK {
			out += fmt.Sprintf("[%d]\n", status)
		}
		return out
	}
	t.Fatalf("the document runs %q", args[0])
	return ""
}

// Every subcommand has its chapter.
func TestDocsAreComplete(t *testing.T) {
	text, err := os.ReadFile("../../docs/gridc.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"gen", "fmt", "lint", "breaking", "ids", "ir", "explain", "new"} {
		if !strings.Contains(string(text), "\n## "+name+"\n") || !strings.Contains(string(text), "\n$ gridc "+name+" ") {
			t.Errorf("docs/gridc.md has no chapter with a transcript of `gridc %s`", name)
		}
	}
	if !strings.Contains(string(text), "`gridc version`") {
		t.Error("docs/gridc.md does not name `gridc version`")
	}
}
