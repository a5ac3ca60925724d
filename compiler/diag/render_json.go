package diag

import (
	"encoding/json"
	"io"

	"github.com/gridrpc/gridc/idl"
)

// The JSON form of a diagnostic. Its names are a promise to the programs that
// read them; docs/gridc.md lists them.
type (
	jsonDiagnostic struct {
		ID       string `json:"id"`
		Severity string `json:"severity"`
		Message  string `json:"message"`
		jsonPlace
		Label   string        `json:"label,omitempty"`
		Related []jsonRelated `json:"related"`
		Notes   []string      `json:"notes"`
		Fixes   []jsonFix     `json:"fixes"`
	}
	jsonPlace struct {
		File     string `json:"file"`
		idl.Span        // lines and columns from 1, columns in bytes, bytes from 0
	}
	jsonRelated struct {
		Message string `json:"message"`
		jsonPlace
	}
	jsonFix struct {
		Message string     `json:"message"`
		Guess   bool       `json:"guess,omitempty"`
		Edits   []jsonEdit `json:"edits"`
	}
	jsonEdit struct {
		jsonPlace
		New string `json:"new"`
	}
)

// RenderJSON writes the diagnostics as JSON, one object a line, all of them: the
// programs that read it have no trouble with long lists.
func RenderJSON(w io.Writer, ds []*idl.Diagnostic) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	for _, d := range ds {
		if err := out.Encode(toJSON(d)); err != nil {
			return err
		}
	}
	return nil
}

// toJSON has an empty list where there is nothing, never null.
func toJSON(d *idl.Diagnostic) jsonDiagnostic {
	j := jsonDiagnostic{
		ID: d.ID, Severity: d.Severity.String(), Message: d.Message, Label: d.Label, jsonPlace: placeOf(d.Span),
		Related: []jsonRelated{}, Notes: []string{}, Fixes: []jsonFix{},
	}
	for _, r := range d.Related {
		j.Related = append(j.Related, jsonRelated{r.Label, placeOf(r.Span)})
	}
	if d.Help != "" {
		j.Notes = append(j.Notes, d.Help)
	}
	for _, fix := range d.Fixes {
		edits := []jsonEdit{}
		for _, e := range fix.Edits {
			edits = append(edits, jsonEdit{placeOf(e.Span), e.New})
		}
		j.Fixes = append(j.Fixes, jsonFix{fix.Message, fix.Guess, edits})
	}
	return j
}

func placeOf(at idl.Span) jsonPlace { return jsonPlace{at.File, at} }
