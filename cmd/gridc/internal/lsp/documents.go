package lsp

import (
	"encoding/json"
	"fmt"

	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/proto"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/text"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/workspace"
)

// notifications are what is taken from the editor without an answer; all others are
// ignored.
var notifications map[string]func(*server, json.RawMessage)

func init() {
	notifications = map[string]func(*server, json.RawMessage){
		"initialized":                         (*server).initialized,
		"textDocument/didOpen":                (*server).didOpen,
		"textDocument/didChange":              (*server).didChange,
		"textDocument/didClose":               (*server).didClose,
		"textDocument/didSave":                (*server).didSave,
		"workspace/didChangeWatchedFiles":     (*server).didChangeFiles,
		"workspace/didChangeWorkspaceFolders": (*server).didChangeFolders,
	}
}

// broken says that a notification was not understood, which nobody else would.
func (s *server) broken(method string, err error) {
	fmt.Fprintf(s.opts.Log, "gridc: %s: %v\n", method, err)
}

func (s *server) didOpen(params json.RawMessage) {
	p, err := parse[proto.DidOpenParams](params)
	if err != nil {
		s.broken("didOpen", err)
		return
	}
	d := p.TextDocument
	s.files.Open(&workspace.Document{URI: d.URI, Version: d.Version, Text: text.New([]byte(d.Text))})
	delete(s.published, text.Path(d.URI)) // the editor wants to know of a document that it opened
	s.stale, s.edits.mixed = true, true
}

func (s *server) didChange(params json.RawMessage) {
	p, err := parse[proto.DidChangeParams](params)
	if err != nil {
		s.broken("didChange", err)
		return
	}
	version := 0
	if p.TextDocument.Version != nil {
		version = *p.TextDocument.Version
	}
	if !s.files.Edit(text.Path(p.TextDocument.URI), version, p.ContentChanges) {
		s.broken("didChange", fmt.Errorf("%q is not open", p.TextDocument.URI))
		return
	}
	if !s.watches() {
		s.files.Changed() // nobody tells what becomes of the others
	}
	s.edits.of(text.Path(p.TextDocument.URI))
	s.stale = true
}

func (s *server) didClose(params json.RawMessage) {
	if p, err := parse[proto.PlaceParams](params); err == nil {
		s.files.Close(text.Path(p.TextDocument.URI))
		s.stale, s.edits.mixed = true, true
	}
}

// didSave is also the time to look whether files have come or gone, for editors that
// do not tell, and whether a branch has moved.
func (s *server) didSave(json.RawMessage) {
	if !s.watches() {
		s.files.Relist()
	}
	s.files.Changed()
	s.reviews.Forget()
	s.stale, s.edits.mixed = true, true
}

func (s *server) didChangeFiles(json.RawMessage) {
	s.files.Relist()
	s.files.Changed()
	s.stale, s.edits.mixed = true, true
}

func (s *server) didChangeFolders(params json.RawMessage) {
	p, err := parse[proto.FoldersEvent](params)
	if err != nil {
		s.broken("didChangeWorkspaceFolders", err)
		return
	}
	s.files.SetFolders(pathsOf(p.Event.Added), pathsOf(p.Event.Removed))
	s.stale, s.edits.mixed = true, true
}

func pathsOf(folders []proto.WorkspaceFolder) []string {
	paths := make([]string, len(folders))
	for i, f := range folders {
		paths[i] = text.Path(f.URI)
	}
	return paths
}
