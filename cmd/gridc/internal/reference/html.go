package reference

import (
	_ "embed"
	"html/template"
	"io"

	"github.com/gridrpc/gridc/compiler/ir"
)

//go:embed page.html
var pageHTML string

var pageTemplate = template.Must(template.New("page").Parse(pageHTML))

// HTML writes the page of a schema as HTML, with its style in it. Everything that a .grid
// file says is escaped.
func HTML(w io.Writer, s *ir.Schema) error { return pageTemplate.Execute(w, newPage(s)) }
