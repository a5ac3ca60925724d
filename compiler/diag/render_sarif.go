package diag

import (
	"encoding/json"
	"io"
	"net/url"
	"path"
	"strings"

	"github.com/gridrpc/gridc/idl"
)

// The part of SARIF 2.1.0 that gridc writes. Names are those of the standard.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		InformationURI string      `json:"informationUri"`
		Version        string      `json:"version,omitempty"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string       `json:"id"`
		ShortDescription sarifMessage `json:"shortDescription"`
		FullDescription  sarifMessage `json:"fullDescription"`
		Help             sarifMessage `json:"help"`
	}
	sarifMessage struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID           string          `json:"ruleId"`
		RuleIndex        int             `json:"ruleIndex"`
		Level            string          `json:"level"`
		Message          sarifMessage    `json:"message"`
		Locations        []sarifLocation `json:"locations"`
		RelatedLocations []sarifLocation `json:"relatedLocations,omitempty"`
		Fixes            []sarifFix      `json:"fixes,omitempty"`
	}
	sarifLocation struct {
		ID               *int          `json:"id,omitempty"`
		PhysicalLocation sarifPhysical `json:"physicalLocation"`
		Message          *sarifMessage `json:"message,omitempty"`
	}
	sarifPhysical struct {
		ArtifactLocation sarifArtifact `json:"artifactLocation"`
		Region           sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
		EndLine     int `json:"endLine"`
		EndColumn   int `json:"endColumn"`
		ByteOffset  int `json:"byteOffset"`
		ByteLength  int `json:"byteLength"`
	}
	sarifFix struct {
		Description     sarifMessage  `json:"description"`
		ArtifactChanges []sarifChange `json:"artifactChanges"`
		Properties      *sarifBag     `json:"properties,omitempty"`
	}
	sarifBag struct {
		Guess bool `json:"guess"` // for a person to judge
	}
	sarifChange struct {
		ArtifactLocation sarifArtifact      `json:"artifactLocation"`
		Replacements     []sarifReplacement `json:"replacements"`
	}
	sarifReplacement struct {
		DeletedRegion   sarifRegion  `json:"deletedRegion"`
		InsertedContent sarifMessage `json:"insertedContent"`
	}
)

const (
	sarifSchema = "https://json.schemastore.org/sarif-2.1.0.json"
	homepage    = "https://github.com/gridrpc/gridc"
)

// RenderSARIF writes all diagnostics as one SARIF 2.1.0 log, which is a log
// without results when there are none. The version is that of gridc.
func RenderSARIF(w io.Writer, ds []*idl.Diagnostic, version string, opts RenderOptions) error {
	s := &sarifWriter{sourceLines: newSourceLines(opts.ReadFile), index: make(map[string]int)}
	s.run.ColumnKind = "unicodeCodePoints"
	s.run.Results = []sarifResult{}
	s.run.Tool.Driver = sarifDriver{Name: "gridc", InformationURI: homepage, Version: version, Rules: []sarifRule{}}
	for _, d := range ds {
		s.run.Results = append(s.run.Results, s.result(d))
	}
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{s.run}})
}

// sarifWriter collects one run.
type sarifWriter struct {
	*sourceLines
	run   sarifRun
	index map[string]int // of the rules so far
}

func (s *sarifWriter) result(d *idl.Diagnostic) sarifResult {
	r := sarifResult{
		RuleID:    d.ID,
		RuleIndex: s.rule(d.ID),
		Level:     d.Severity.String(),
		Message:   sarifMessage{d.Message},
		Locations: []sarifLocation{{PhysicalLocation: s.place(d.Span)}},
	}
	if help := HelpText(d); help != "" {
		r.Message.Text += "\nhelp: " + help
	}
	for i, other := range d.Related {
		r.RelatedLocations = append(r.RelatedLocations, sarifLocation{
			ID: &i, PhysicalLocation: s.place(other.Span), Message: &sarifMessage{other.Label},
		})
	}
	for _, fix := range d.Fixes {
		r.Fixes = append(r.Fixes, s.fix(fix))
	}
	return r
}

// rule is the index of an id among the rules, where it is listed once.
func (s *sarifWriter) rule(id string) int {
	if i, known := s.index[id]; known {
		return i
	}
	rule := sarifRule{ID: id, ShortDescription: sarifMessage{id}, FullDescription: sarifMessage{id}, Help: sarifMessage{"gridc explain " + id}}
	if code, _, ok := Explain(id); ok {
		text := strings.Join(strings.Fields(code.Summary), " ")
		rule.ShortDescription.Text, rule.FullDescription.Text = firstSentence(text), text
		rule.Help.Text = text + "\n\nwrong:\n\n" + code.Wrong.String() + "\nright:\n\n" + code.Right.String()
	}
	rules := &s.run.Tool.Driver.Rules
	s.index[id] = len(*rules)
	*rules = append(*rules, rule)
	return s.index[id]
}

// firstSentence is a text up to its first full stop.
func firstSentence(text string) string {
	before, _, found := strings.Cut(text, ". ")
	if found {
		return before + "."
	}
	return text
}

func (s *sarifWriter) place(at idl.Span) sarifPhysical {
	return sarifPhysical{sarifArtifact{sarifURI(at.File)}, s.region(at)}
}

func (s *sarifWriter) region(at idl.Span) sarifRegion {
	return sarifRegion{
		StartLine: at.Start.Line, StartColumn: s.column(at.File, at.Start),
		EndLine: at.End.Line, EndColumn: s.column(at.File, at.End),
		ByteOffset: at.Start.Offset, ByteLength: at.End.Offset - at.Start.Offset,
	}
}

// fix has one change for each file, as the standard asks.
func (s *sarifWriter) fix(fix idl.Fix) sarifFix {
	out := sarifFix{Description: sarifMessage{fix.Message}}
	if fix.Guess {
		out.Properties = &sarifBag{Guess: true}
	}
	byFile := make(map[string]int)
	for _, e := range fix.Edits {
		i, known := byFile[e.Span.File]
		if !known {
			i = len(out.ArtifactChanges)
			byFile[e.Span.File] = i
			out.ArtifactChanges = append(out.ArtifactChanges, sarifChange{ArtifactLocation: sarifArtifact{sarifURI(e.Span.File)}})
		}
		change := &out.ArtifactChanges[i]
		change.Replacements = append(change.Replacements, sarifReplacement{s.region(e.Span), sarifMessage{e.New}})
	}
	return out
}

// sarifURI is a path as a URI: relative ones stay relative.
func sarifURI(file string) string {
	u := url.URL{Path: file}
	if path.IsAbs(file) {
		u.Scheme = "file"
	}
	return u.String()
}
