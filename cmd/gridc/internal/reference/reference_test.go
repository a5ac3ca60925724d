package reference

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/gridrpc/gridc/compiler/check"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/compiler/load"
)

func schemaOf(t *testing.T, files map[string]string, paths ...string) *ir.Schema {
	t.Helper()
	opts := load.Options{}
	if files != nil {
		opts.ReadFile = func(p string) ([]byte, error) { return []byte(files[p]), nil }
	}
	s, ds, err := check.Load(opts, paths...)
	if err != nil || s == nil {
		t.Fatal(ds, err)
	}
	return s
}

func render(t *testing.T, s *ir.Schema) (html, markdown string) {
	t.Helper()
	var h, m bytes.Buffer
	if err := HTML(&h, s); err != nil {
		t.Fatal(err)
	}
	if err := Markdown(&m, s); err != nil {
		t.Fatal(err)
	}
	return h.String(), m.String()
}

// Every declaration, member and handler is on both pages, and every link leads to one.
func TestPagesAreComplete(t *testing.T) {
	s := schemaOf(t, nil, "../../../../examples/storage.grid")
	html, markdown := render(t, s)
	for _, p := range s.Packages {
		for _, d := range p.Declarations() {
			for _, page := range []string{html, markdown} {
				if !strings.Contains(page, `id="`+p.Name+"."+d.Info.Name+`"`) {
					t.Errorf("there is no %s %s", d.Kind, d.Info.Name)
				}
			}
			for _, f := range ir.FieldsOf(d.Target) {
				if !strings.Contains(html, `<td class="mono">`+f.Name+`</td>`) || !strings.Contains(markdown, "| "+f.Name+" |") {
					t.Errorf("there is no %s.%s", d.Info.Name, f.Name)
				}
			}
		}
	}
	for page, link := range map[string]string{html: `href="#([^"]*)"`, markdown: `\]\(#([^)]*)\)`} {
		links := regexp.MustCompile(link).FindAllStringSubmatch(page, -1)
		if len(links) < 20 {
			t.Errorf("%d links", len(links))
		}
		for _, l := range links {
			if !strings.Contains(page, `id="`+l[1]+`"`) {
				t.Errorf("the link to %s leads nowhere", l[1])
			}
		}
	}
	for _, want := range []string{"<dt>Id</dt><dd class=\"mono\">40</dd>", "map, at most 64 entries", "timestamp (extension -1)", `<a href="#common.Denied">common.Denied</a>`, "Deprecated: total - free", "prefers-color-scheme: dark"} {
		if !strings.Contains(html, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
	if regexp.MustCompile(`(?i)<(link|script|img)|https?://|@import|url\(`).MatchString(html) {
		t.Error("the page needs something else")
	}
}

// What a schema says cannot become a part of the page.
func TestTextIsText(t *testing.T) {
	s := schemaOf(t, map[string]string{"a.grid": "// <script>alert(1)</script> `x` | y [z](javascript:1)\npackage a\n\n// </p><img src=x> # head\nmessage M {\n    x string = \"<b>|\" @deprecated(\"<i>|`\") // <u> | c\n}\n\nerror E = \"a.e\"\n"}, "a.grid")
	html, markdown := render(t, s)
	for _, bad := range []string{"<script>", "<img", "<b>", "<i>", "<u>"} {
		if strings.Contains(html, bad) || strings.Contains(markdown, bad) {
			t.Errorf("%s is a part of a page", bad)
		}
	}
	if strings.Contains(markdown, "[z](") || strings.Contains(markdown, " | c |") {
		t.Errorf("Markdown of the schema's own:\n%s", markdown)
	}
}

// All kinds of declarations and types have a page.
func TestEverything(t *testing.T) {
	html, _ := render(t, schemaOf(t, nil, "../../../../compiler/testdata/proof"))
	if strings.Contains(html, "%!") || len(html) < 10_000 {
		t.Errorf("%d bytes", len(html))
	}
}
