package gridc_test

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	mdLink     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	mdCode     = regexp.MustCompile("`[^`]*`")
	mdHeading  = regexp.MustCompile(`(?m)^#+ (.+)$`)
	notInSlugs = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// slugs are the names that a document's headings can be linked by, as GitHub makes them.
func slugs(text string) map[string]bool {
	all := make(map[string]bool)
	for _, m := range mdHeading.FindAllStringSubmatch(text, -1) {
		slug := notInSlugs.ReplaceAllString(strings.ToLower(m[1]), "")
		all[strings.ReplaceAll(slug, " ", "-")] = true
	}
	return all
}

// Every link of the documents to a file, a folder or a chapter leads there.
func TestLinksLeadSomewhere(t *testing.T) {
	documents, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	links := 0
	for _, document := range append(documents, "README.md", "CONTRIBUTING.md", "SECURITY.md", "runtime/PROTOCOL.md", "bench/README.md", "interop/README.md") {
		document = filepath.ToSlash(document)
		text := read(t, document)
		text = mdCode.ReplaceAllString(codeBlock.ReplaceAllString(shownFile.ReplaceAllString(text, ""), ""), "code")
		for _, m := range mdLink.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			links++
			file, chapter, _ := strings.Cut(m[1], "#")
			target := document
			if file != "" {
				target = path.Join(path.Dir(document), file)
			}
			if _, err := os.Stat(filepath.FromSlash(target)); err != nil {
				t.Errorf("%s links to %s, which is not there", document, m[1])
			} else if chapter != "" && strings.HasSuffix(target, ".md") && !slugs(read(t, target))[chapter] {
				t.Errorf("%s links to %s, and there is no such chapter", document, m[1])
			}
		}
	}
	if links < 60 {
		t.Errorf("%d links; are they still found?", links)
	}
}
