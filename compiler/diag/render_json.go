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
		ID       string        `json:"id"`
		Severity string        `json:"severity"`
		Message  string        `json:"message"`
		File     string        `json:"file"`
		Start    jsonPos       `json:"start"`
		End      jsonPos       `json:"end"`
		Label    string        `json:"label,omitempty"`
		Related  []jsonRelated `json:"related"`
		Notes    []string      `json:"notes"`
		Fixes    []jsonFix     `json:"fixes"`
	}
	jsonPos struct {
		Line int `json:"line"` // from 1
		Col  int `json:"col"`  // from 1, in bytes
		Byte int `json:"byte"` // from 0
	}
	jsonRelated struct {
		Message string  `json:"message"`
		File    string  `json:"file"`
		Start   jsonPos `json:"start"`
		End     jsonPos `json:"end"`
	}
	jsonFix struct {
		Message string     `json:"message"`
		Guess   bool       `json:"guess,omitempty"`
		Edits   []jsonEdit `json:"edits"`
	}
	jsonEdit struct {
		File  string  `json:"file"`
		Start jsonPos `json:"start"`
		End   jsonPos `json:"end"`
		New   string  `json:"new"`
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
		ID: d.ID, Severity: d.Severity.String(), Message: d.Message, Label: d.Label,
		File: d.Span.File, Start: jsonPosOf(d.Span.Start), End: jsonPosOf(d.Span.End),
		Related: []jsonRelated{}, Notes: []string{}, Fixes: []jsonFix{},
	}
	for _, r := range d.Related {
		j.Related = append(j.Related, jsonRelated{r.Label, r.Span.File, jsonPosOf(r.Span.Start), jsonPosOf(r.Span.End)})
	}
	if d.Help != "" {
		j.Notes = append(j.Notes, d.Help)
	}
	for _, fix := range d.Fixes {
		edits := []jsonEdit{}
		for _, e := range fix.Edits {
			edits = append(edits, jsonEdit{e.Span.File, jsonPosOf(e.Span.Start), jsonPosOf(e.Span.End), e.New})
		}
		j.Fixes = append(j.Fixes, jsonFix{fix.Message, fix.Guess, edits})
	}
	return j
}

func jsonPosOf(p idl.Pos) jsonPos { return jsonPos{p.Line, p.Col, p.Offset} }
