package reference

import (
	"fmt"
	"io"
	"strings"

	"github.com/gridrpc/gridc/compiler/ir"
)

// Markdown writes the page of a schema as Markdown. What a .grid file says is text in it,
// whatever it looks like.
func Markdown(w io.Writer, s *ir.Schema) error {
	var b strings.Builder
	p := newPage(s)
	fmt.Fprintf(&b, "# %s\n", escape(p.Title))
	for _, pkg := range p.Packages {
		fmt.Fprintf(&b, "\n<a id=\"%s\"></a>\n\n## package %s\n\n`%s`\n", pkg.Anchor, escape(pkg.Name), pkg.Files)
		paragraph(&b, pkg.Doc)
		for _, e := range pkg.Entries {
			e.markdown(&b, "###")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (e *entry) markdown(b *strings.Builder, level string) {
	fmt.Fprintf(b, "\n<a id=\"%s\"></a>\n\n%s %s %s\n", e.Anchor, level, e.Kind, escape(e.Name))
	if e.Deprecated != "" {
		paragraph(b, "Deprecated: "+e.Deprecated)
	}
	paragraph(b, e.Doc)
	b.WriteByte('\n')
	for _, f := range e.Facts {
		fmt.Fprintf(b, "- %s: %s\n", f.Name, f.Text.markdown())
	}
	e.table(b)
	for _, h := range e.Handlers {
		h.markdown(b, level+"#")
	}
}

func (e *entry) table(b *strings.Builder) {
	if len(e.Rows) == 0 {
		return
	}
	b.WriteByte('\n')
	if e.Columns[2] == "" {
		fmt.Fprintf(b, "| %s | %s | %s |\n| --- | --- | --- |\n", e.Columns[0], e.Columns[1], e.Columns[4])
	} else {
		fmt.Fprintf(b, "| %s |\n| --- | --- | --- | --- | --- |\n", strings.Join(e.Columns, " | "))
	}
	for _, r := range e.Rows {
		doc := r.Doc
		if r.Deprecated != "" {
			doc = "Deprecated: " + r.Deprecated + "\n" + doc
		}
		cells := []string{escape(r.Number), escape(r.Name)}
		if e.Columns[2] != "" {
			cells = append(cells, r.Type.markdown(), escape(r.Wire))
		}
		fmt.Fprintf(b, "| %s | %s |\n", strings.Join(cells, " | "), strings.ReplaceAll(escape(strings.TrimSpace(doc)), "\n", " "))
	}
}

func paragraph(b *strings.Builder, text string) {
	if text != "" {
		fmt.Fprintf(b, "\n%s\n", escape(text))
	}
}

func (t text) markdown() string {
	var b strings.Builder
	for _, p := range t {
		if p.Anchor == "" {
			b.WriteString(escape(p.Text))
		} else {
			fmt.Fprintf(&b, "[%s](#%s)", escape(p.Text), p.Anchor)
		}
	}
	return b.String()
}

// escape keeps text from being read as Markdown or HTML.
func escape(text string) string { return markdownMarks.Replace(text) }

var markdownMarks = strings.NewReplacer(
	"\\", "\\\\", "`", "\\`", "*", "\\*", "_", "\\_", "[", "\\[", "]", "\\]", "<", "&lt;", ">", "&gt;", "&", "&amp;", "|", "\\|", "#", "\\#",
)
