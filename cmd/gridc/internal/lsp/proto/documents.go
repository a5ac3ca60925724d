package proto

import "github.com/gridrpc/gridc/cmd/gridc/internal/lsp/text"

type (
	// Position counts in UTF-16 code units.
	Position = text.Position
	// Range counts in UTF-16 code units.
	Range = text.Range
)

// Location is a range in a document.
type Location struct {
	URI   string `json:"uri"`
	Range Range  `json:"range"`
}

// LocationLink is a place with the text that leads to it.
type LocationLink struct {
	OriginSelectionRange Range  `json:"originSelectionRange"`
	TargetURI            string `json:"targetUri"`
	TargetRange          Range  `json:"targetRange"`
	TargetSelectionRange Range  `json:"targetSelectionRange"`
}

// TextEdit replaces a range.
type TextEdit struct {
	Range   Range  `json:"range"`
	NewText string `json:"newText"`
}

// WorkspaceEdit is edits of several documents, by URI.
type WorkspaceEdit struct {
	Changes map[string][]TextEdit `json:"changes,omitempty"`
}

// DocumentID names a document, with its version where that matters.
type DocumentID struct {
	URI     string `json:"uri"`
	Version *int   `json:"version,omitempty"`
}

// PlaceParams are the parameters of all requests about a document or a place in it.
type PlaceParams struct {
	TextDocument DocumentID `json:"textDocument"`
	Position     Position   `json:"position"`
	Range        Range      `json:"range"`
}

// DidOpenParams are those of textDocument/didOpen.
type DidOpenParams struct {
	TextDocument struct {
		URI        string `json:"uri"`
		LanguageID string `json:"languageId"`
		Version    int    `json:"version"`
		Text       string `json:"text"`
	} `json:"textDocument"`
}

// DidChangeParams are those of textDocument/didChange.
type DidChangeParams struct {
	TextDocument   DocumentID    `json:"textDocument"`
	ContentChanges []text.Change `json:"contentChanges"`
}

// Diagnostic severities.
const (
	SeverityError       = 1
	SeverityWarning     = 2
	SeverityInformation = 3
	SeverityHint        = 4
)

// Diagnostic is something to be said about a range.
type Diagnostic struct {
	Range              Range            `json:"range"`
	Severity           int              `json:"severity"`
	Code               string           `json:"code"`
	CodeDescription    *CodeDescription `json:"codeDescription,omitempty"`
	Source             string           `json:"source"`
	Message            string           `json:"message"`
	Tags               []int            `json:"tags,omitempty"` // 1 unnecessary, 2 deprecated
	RelatedInformation []RelatedPlace   `json:"relatedInformation,omitempty"`
}

// CodeDescription leads to the explanation of a code.
type CodeDescription struct {
	Href string `json:"href"`
}

// RelatedPlace is another place that takes part in a diagnostic.
type RelatedPlace struct {
	Location Location `json:"location"`
	Message  string   `json:"message"`
}

// PublishDiagnosticsParams are all diagnostics of a document.
type PublishDiagnosticsParams struct {
	URI         string       `json:"uri"`
	Version     *int         `json:"version,omitempty"`
	Diagnostics []Diagnostic `json:"diagnostics"`
}
