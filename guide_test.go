package gridc_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// shownFile is a fenced block of Markdown that shows a part of a file: its language, the
// file, the text.
var shownFile = regexp.MustCompile("(?ms)^```(\\w*)(?: ([^\n`]+))?\n(.*?)^```$")

// leftOut is a line of such a block in the place of lines that it does not show.
const leftOut = "// …"

// trimmedLines are those of a text, without white space around them and without empty ones.
func trimmedLines(text string) (lines []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// shows reports whether a file has what a block shows, in its order; if not, the first
// lines that it has not.
func shows(file, block []string) (missing []string, ok bool) {
	for len(block) > 0 {
		part := block
		if i := slices.Index(block, leftOut); i >= 0 {
			part, block = block[:i], block[i+1:]
		} else {
			block = nil
		}
		at := 0
		for at+len(part) <= len(file) && !slices.Equal(file[at:at+len(part)], part) {
			at++
		}
		if at+len(part) > len(file) {
			return part, false
		}
		file = file[at+len(part):]
	}
	return nil, true
}

// Each snippet of Go, and each schema, in the guide is a part of a file that is compiled
// and run with the tests: of the example, of its tests, or of the runtime's examples. What
// is shown of a shell is replayed (TestTranscriptsOfTheGuide in docs/kv).
func TestGuideShowsFilesThatRun(t *testing.T) {
	for _, m := range shownFile.FindAllStringSubmatch(read(t, "docs/guide.md"), -1) {
		switch language, file, text := m[1], m[2], m[3]; {
		case language == "console":
		case language != "go" && language != "grid":
			t.Errorf("docs/guide.md has a block of %q, which no test looks at:\n%s", language, text)
		case file == "":
			t.Errorf("docs/guide.md does not say which file this is from:\n%s", text)
		}
	}
	for document, least := range map[string]int{"docs/guide.md": 25, "README.md": 3, "docs/typescript.md": 9} {
		if n := showsItsFiles(t, document); n < least {
			t.Errorf("%s has %d snippets; are they still found?", document, n)
		}
	}
}

// showsItsFiles compares what a document shows of files with the files, and counts it.
func showsItsFiles(t *testing.T, document string) (snippets int) {
	t.Helper()
	for _, m := range shownFile.FindAllStringSubmatch(read(t, document), -1) {
		file, text := m[2], m[3]
		if file == "" {
			continue
		}
		snippets++
		src, err := os.ReadFile(file)
		if err != nil {
			t.Errorf("%s: %v", document, err)
			continue
		}
		if missing, ok := shows(trimmedLines(string(src)), trimmedLines(text)); !ok {
			t.Errorf("%s does not have this, which %s shows from it:\n%s", file, document, strings.Join(missing, "\n"))
		}
	}
	return snippets
}

func TestShows(t *testing.T) {
	file := trimmedLines("a\n\tb\n\n  c\nd\ne\n")
	for block, want := range map[string]bool{
		"b\nc\n": true, "b\n" + leftOut + "\nd\n": true, "c\nb\n": false, "d\n" + leftOut + "\nb\n": false, "b\nd\n": false, "x\n": false,
	} {
		if _, ok := shows(file, trimmedLines(block)); ok != want {
			t.Errorf("%q: %v", block, ok)
		}
	}
}
