package lsp

import (
	"encoding/json"

	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/feature"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/proto"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/review"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/text"
)

// requests are what the editor can ask.
var requests map[string]func(*server, json.RawMessage) (any, error)

func init() {
	requests = map[string]func(*server, json.RawMessage) (any, error){
		"initialize": (*server).initialize,
		"shutdown":   (*server).shutdown,

		"textDocument/formatting":           about(func(v *feature.View, _ place) any { return feature.Format(v) }),
		"textDocument/onTypeFormatting":     about(func(v *feature.View, _ place) any { return feature.FormatBrace(v) }),
		"textDocument/hover":                about(func(v *feature.View, p place) any { return orNull(feature.Hover(v, p.offset)) }),
		"textDocument/signatureHelp":        about(func(v *feature.View, p place) any { return orNull(feature.SignatureHelp(v, p.offset)) }),
		"textDocument/documentHighlight":    about(func(v *feature.View, p place) any { return feature.Highlight(v, p.offset) }),
		"textDocument/foldingRange":         about(func(v *feature.View, _ place) any { return feature.Folding(v) }),
		"textDocument/documentLink":         about(func(v *feature.View, _ place) any { return feature.Links(v) }),
		"textDocument/inlayHint":            about(func(v *feature.View, p place) any { return feature.Hints(v, p.from, p.to) }),
		"textDocument/semanticTokens/full":  about(func(v *feature.View, _ place) any { return feature.Tokens(v, 0, len(v.Text.Bytes())) }),
		"textDocument/semanticTokens/range": about(func(v *feature.View, p place) any { return feature.Tokens(v, p.from, p.to) }),

		"textDocument/completion":     (*server).completion,
		"textDocument/definition":     (*server).definition,
		"textDocument/typeDefinition": (*server).typeDefinition,
		"textDocument/references":     (*server).references,
		"textDocument/documentSymbol": (*server).documentSymbol,
		"textDocument/selectionRange": (*server).selectionRange,
		"textDocument/codeAction":     (*server).codeAction,
		"textDocument/codeLens":       (*server).codeLens,
		"textDocument/prepareRename":  (*server).prepareRename,
		"textDocument/rename":         (*server).rename,
		"workspace/symbol":            (*server).symbol,
	}
}

// checked are the requests that need to know what is wrong. All others are answered from
// the text alone, which somebody who types waits for.
var checked = map[string]bool{"textDocument/hover": true, "textDocument/codeAction": true, "textDocument/codeLens": true}

// place is where in a file a request is about, in bytes.
type place struct{ offset, from, to int }

// look finds the file that a request is about. There may be none: a document that the
// editor never opened, or that has gone from disk.
func (s *server) look(params json.RawMessage) (*feature.View, place, error) {
	p, err := parse[proto.PlaceParams](params)
	if err != nil {
		return nil, place{}, err
	}
	v := feature.Look(s.files, text.Path(p.TextDocument.URI))
	if v == nil {
		return nil, place{}, nil
	}
	return v, place{v.Offset(p.Position), v.Offset(p.Range.Start), v.Offset(p.Range.End)}, nil
}

// about is a request about a place in a file; of a file that is not there the answer is
// null.
func about(answer func(*feature.View, place) any) func(*server, json.RawMessage) (any, error) {
	return func(s *server, params json.RawMessage) (any, error) {
		v, p, err := s.look(params)
		if err != nil || v == nil {
			return nil, err
		}
		return answer(v, p), nil
	}
}

// orNull is an answer, or null for none.
func orNull[T any](answer *T) any {
	if answer == nil {
		return nil
	}
	return answer
}

func (s *server) completion(params json.RawMessage) (any, error) {
	v, p, err := s.look(params)
	if err != nil || v == nil {
		return nil, err
	}
	return feature.Complete(v, p.offset, s.client.Capabilities.TextDocument.Completion.CompletionItem.SnippetSupport), nil
}

func (s *server) definition(params json.RawMessage) (any, error) {
	return s.links(params, feature.Definition)
}

func (s *server) typeDefinition(params json.RawMessage) (any, error) {
	return s.links(params, feature.TypeDefinition)
}

// links answers with places that text leads to, in the form that the editor knows.
func (s *server) links(params json.RawMessage, find func(*feature.View, int) []proto.LocationLink) (any, error) {
	v, p, err := s.look(params)
	if err != nil || v == nil {
		return nil, err
	}
	found := find(v, p.offset)
	if s.client.Capabilities.TextDocument.Definition.LinkSupport {
		return found, nil
	}
	locations := make([]proto.Location, len(found))
	for i, link := range found {
		locations[i] = proto.Location{URI: link.TargetURI, Range: link.TargetSelectionRange}
	}
	return locations, nil
}

func (s *server) references(params json.RawMessage) (any, error) {
	v, p, err := s.look(params)
	if err != nil || v == nil {
		return nil, err
	}
	more, err := parse[struct {
		Context struct {
			IncludeDeclaration bool `json:"includeDeclaration"`
		} `json:"context"`
	}](params)
	return feature.References(v, p.offset, more.Context.IncludeDeclaration), err
}

func (s *server) documentSymbol(params json.RawMessage) (any, error) {
	v, _, err := s.look(params)
	if err != nil || v == nil {
		return nil, err
	}
	if s.client.Capabilities.TextDocument.DocumentSymbol.Hierarchical {
		return feature.DocumentSymbols(v), nil
	}
	return feature.Flat(v, s.files.URI(v.Path)), nil
}

func (s *server) selectionRange(params json.RawMessage) (any, error) {
	v, _, err := s.look(params)
	if err != nil || v == nil {
		return nil, err
	}
	more, err := parse[struct {
		Positions []proto.Position `json:"positions"`
	}](params)
	ranges := make([]*proto.SelectionRange, len(more.Positions))
	for i, at := range more.Positions {
		ranges[i] = feature.Selection(v, v.Offset(at))
	}
	return ranges, err
}

func (s *server) codeAction(params json.RawMessage) (any, error) {
	v, p, err := s.look(params)
	if err != nil || v == nil {
		return nil, err
	}
	more, err := parse[struct {
		Context struct {
			Only        []string           `json:"only"`
			Diagnostics []proto.Diagnostic `json:"diagnostics"`
		} `json:"context"`
	}](params)
	return feature.Actions(v, p.from, p.to, more.Context.Diagnostics, more.Context.Only), err
}

func (s *server) codeLens(params json.RawMessage) (any, error) {
	v, _, err := s.look(params)
	if err != nil || v == nil {
		return nil, err
	}
	s.reviews.Ask(review.Request{Paths: v.Unit.Paths, Schema: v.Unit.Schema()})
	return feature.Lenses(v, s.reviews.Verdict(v.Unit.Paths), s.client.InitializationOptions.ShowReferences), nil
}

func (s *server) prepareRename(params json.RawMessage) (any, error) {
	v, p, err := s.look(params)
	if err != nil || v == nil {
		return nil, err
	}
	at, name, err := feature.PrepareRename(v, p.offset)
	return map[string]any{"range": at, "placeholder": name}, err
}

func (s *server) rename(params json.RawMessage) (any, error) {
	v, p, err := s.look(params)
	if err != nil || v == nil {
		return nil, err
	}
	more, err := parse[struct {
		NewName string `json:"newName"`
	}](params)
	if err != nil {
		return nil, err
	}
	edit, note, err := feature.Rename(v, p.offset, more.NewName)
	if err != nil {
		return nil, err
	}
	if note != "" {
		const info = 3
		_ = s.out.Notify(nil, "window/showMessage", map[string]any{"type": info, "message": note})
	}
	return edit, nil
}

func (s *server) symbol(params json.RawMessage) (any, error) {
	p, err := parse[struct {
		Query string `json:"query"`
	}](params)
	if err != nil {
		return nil, err
	}
	return feature.WorkspaceSymbols(s.files, p.Query), nil
}
