package lsp

import (
	"encoding/json"

	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/feature"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/proto"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/review"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/text"
)

// initialize begins the connection.
func (s *server) initialize(params json.RawMessage) (any, error) {
	client, err := parse[proto.InitializeParams](params)
	if err != nil {
		return nil, err
	}
	s.client, s.phase, s.stale = client, running, true
	refs := review.Refs
	if against := client.InitializationOptions.Against; against != "" {
		refs = []string{against}
	}
	refresh := client.Capabilities.Workspace.CodeLens.RefreshSupport
	s.reviews = review.New(refs, func() {
		if refresh { // which the reviewer's goroutine may ask for: the writer is safe
			_ = s.out.Notify(json.RawMessage(`"gridc-lenses"`), "workspace/codeLens/refresh", nil)
		}
	})
	s.files.SetFolders(foldersOf(client), nil)
	return proto.InitializeResult{Capabilities: capabilities, ServerInfo: proto.ServerInfo{Name: "gridc", Version: s.opts.Version}}, nil
}

// foldersOf are the folders that an editor starts with, in whichever form it says so.
func foldersOf(client proto.InitializeParams) []string {
	var folders []string
	for _, f := range client.WorkspaceFolders {
		folders = append(folders, text.Path(f.URI))
	}
	switch {
	case len(folders) > 0:
	case client.RootURI != nil && *client.RootURI != "":
		folders = []string{text.Path(*client.RootURI)}
	case client.RootPath != nil && *client.RootPath != "":
		folders = []string{text.Path(text.URI(*client.RootPath))}
	}
	return folders
}

// capabilities are what the server can do, as the protocol says it.
var capabilities = proto.Capabilities{
	"positionEncoding": "utf-16",
	"textDocumentSync": map[string]any{"openClose": true, "change": 2, "save": map[string]any{"includeText": false}},
	"completionProvider": map[string]any{
		"triggerCharacters": []string{"@", ".", "\"", "(", "[", "="},
	},
	"signatureHelpProvider":            map[string]any{"triggerCharacters": []string{"("}},
	"hoverProvider":                    true,
	"definitionProvider":               true,
	"typeDefinitionProvider":           true,
	"referencesProvider":               true,
	"documentHighlightProvider":        true,
	"documentSymbolProvider":           true,
	"workspaceSymbolProvider":          true,
	"foldingRangeProvider":             true,
	"selectionRangeProvider":           true,
	"documentLinkProvider":             map[string]any{"resolveProvider": false},
	"documentFormattingProvider":       true,
	"documentOnTypeFormattingProvider": map[string]any{"firstTriggerCharacter": "}"},
	"codeActionProvider": map[string]any{
		"codeActionKinds": []string{feature.QuickFix, feature.Refactor, feature.OrganizeImports, feature.FixAll},
	},
	"codeLensProvider":  map[string]any{"resolveProvider": false},
	"inlayHintProvider": map[string]any{"resolveProvider": false},
	"renameProvider":    map[string]any{"prepareProvider": true},
	"semanticTokensProvider": map[string]any{
		"legend": map[string]any{"tokenTypes": feature.TokenTypes, "tokenModifiers": feature.TokenModifiers},
		"full":   true, "range": true,
	},
	"workspace": map[string]any{"workspaceFolders": map[string]any{"supported": true, "changeNotifications": true}},
}

// watches reports whether the editor tells what changes on disk.
func (s *server) watches() bool {
	return s.client.Capabilities.Workspace.DidChangeWatchedFiles.DynamicRegistration
}

// initialized asks to be told of files that change on disk.
func (s *server) initialized(json.RawMessage) {
	if !s.watches() {
		return
	}
	s.ask("client/registerCapability", map[string]any{"registrations": []map[string]any{{
		"id": "gridc-files", "method": "workspace/didChangeWatchedFiles",
		"registerOptions": map[string]any{"watchers": []map[string]any{{"globPattern": "**/*.grid"}}},
	}}})
}

func (s *server) shutdown(json.RawMessage) (any, error) {
	s.phase = shutDown
	s.reviews.Close()
	return nil, nil
}
