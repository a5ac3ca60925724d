package main

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var updateDocs = flag.Bool("update", false, "write what the commands in the documents of docs/ print")

// fence is a fenced block of Markdown: what it is, the name of a file, the text.
var fence = regexp.MustCompile("(?ms)^```([a-z]*)(?: ([^\n`]+))?\n(.*?)^```$")

// Blocks of the documents in docs/ with the name of a file write that file. Blocks
// "console" hold commands after `$`, each with what it prints, and with `[n]` at
// the end when its status is not 0. Those of one document happen in one folder, from top to bottom.
// A block "console" without a command holds what `gridc gen --watch`, which was
// started before, prints next, and `^C` where it is ended.
func TestDocs(t *testing.T) {
	for name, commands := range map[string]int{"gridc.md": 40, "language.md": 1} {
		t.Run(name, func(t *testing.T) { replayDocument(t, name, commands, exactly) })
	}
	// What running nodes say has other numbers each time, and may take a moment to be so.
	t.Run("operate.md", func(t *testing.T) { replayDocument(t, "operate.md", 20, inWords) })
}

// replayDocument runs what a document shows, which is at least some commands.
func replayDocument(t *testing.T, name string, commands int, alike func(string) string) {
	doc, err := filepath.Abs(filepath.Join("../../docs", name))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(doc)
	if err != nil {
		t.Fatal(err)
	}
	r := newReplay(t)
	r.alike = alike
	got := fence.ReplaceAllStringFunc(string(text), func(block string) string {
		m := fence.FindStringSubmatch(block)
		switch {
		case m[2] != "":
			r.write(m[2], m[3])
		case m[1] == "console":
			return "```console\n" + r.console(m[3]) + "```"
		}
		return block
	})
	if r.commands < commands || r.watching != nil {
		t.Errorf("%d commands, and a watch that nobody ended: %v; is the document still read?", r.commands, r.watching != nil)
	}
	if diff := cmp.Diff(string(text), got); diff != "" && !*updateDocs {
		t.Errorf("docs/%s (-says +is); -update writes it:\n%s", name, diff)
	} else if diff != "" {
		if err := os.WriteFile(doc, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// Every subcommand has its chapter.
func TestDocsAreComplete(t *testing.T) {
	text, err := os.ReadFile("../../docs/gridc.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"gen", "fmt", "lint", "breaking", "ids", "ir", "explain", "call", "top", "new", "version"} {
		if !strings.Contains(string(text), "\n## "+name+"\n") || !strings.Contains(string(text), "\n$ gridc "+name) {
			t.Errorf("docs/gridc.md has no chapter with a transcript of `gridc %s`", name)
		}
	}
	for _, command := range []string{"gen --watch", "gen --check", "lint --fix", "fmt -w", "breaking --against HEAD", "ir size.grid\n"} {
		if !strings.Contains(string(text), "\n$ gridc "+command) {
			t.Errorf("docs/gridc.md has no transcript of `gridc %s`", strings.TrimSpace(command))
		}
	}
}
