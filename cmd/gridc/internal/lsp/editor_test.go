package lsp_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/proto"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/text"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/wire"
)

// editor is the other end of a connection: it speaks the protocol over a pipe, and
// checks of all that it is told what holds for every answer.
type editor struct {
	t      testing.TB
	folder string
	in     *io.PipeWriter
	out    *wire.Reader
	ended  chan error
	log    *bytes.Buffer
	nextID int
	texts  map[string]string // open documents, by name
	// told are the diagnostics of each file, by name, and how often they came.
	told     map[string][]proto.Diagnostic
	versions map[string]int
	notes    []*wire.Message // other notifications and requests of the server
}

// start writes files to a folder and opens a connection with an editor that can do all.
func start(t testing.TB, files map[string]string) *editor {
	t.Helper()
	return startWith(t, files, `{"workspace": {"codeLens": {"refreshSupport": true}, "didChangeWatchedFiles": {"dynamicRegistration": true}},
		"textDocument": {"completion": {"completionItem": {"snippetSupport": true}}, "definition": {"linkSupport": true},
		"documentSymbol": {"hierarchicalDocumentSymbolSupport": true}}}`)
}

func startWith(t testing.TB, files map[string]string, capabilities string) *editor {
	t.Helper()
	folder, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	e := connect(t, folder)
	for name, content := range files {
		e.write(name, content)
	}
	var result proto.InitializeResult
	e.mustAsk("initialize", map[string]any{
		"rootUri": text.URI(filepath.ToSlash(folder)), "capabilities": json.RawMessage(capabilities),
		"initializationOptions": map[string]any{"explainURI": "explain:", "showReferences": true},
	}, &result)
	if result.ServerInfo.Name != "gridc" || result.Capabilities["positionEncoding"] != "utf-16" {
		t.Fatalf("initialize: %+v", result)
	}
	e.tell("initialized", map[string]any{})
	return e
}

// connect starts a server that has not been told anything.
func connect(t testing.TB, folder string) *editor {
	in, toServer := io.Pipe()
	fromServer, out := io.Pipe()
	e := &editor{
		t: t, folder: folder, in: toServer, out: wire.NewReader(fromServer), ended: make(chan error, 1), log: &bytes.Buffer{},
		texts: map[string]string{}, told: map[string][]proto.Diagnostic{}, versions: map[string]int{},
	}
	go func() {
		err := lsp.Serve(in, out, lsp.Options{Version: "test", Log: e.log})
		in.Close()
		out.Close()
		e.ended <- err
	}()
	t.Cleanup(e.close)
	return e
}

// close ends the connection as an editor that crashes, unless it has ended.
func (e *editor) close() {
	e.in.Close()
	for {
		if _, err := e.out.Read(); err != nil {
			break
		}
	}
	<-e.ended
	e.ended <- nil
	if strings.Contains(e.log.String(), "internal fault") {
		e.t.Error(e.log.String())
	}
}

func (e *editor) write(name, content string) {
	e.t.Helper()
	file := filepath.Join(e.folder, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		e.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		e.t.Fatal(err)
	}
}

func (e *editor) uri(name string) string {
	if strings.Contains(name, ":") {
		return name
	}
	return text.URI(filepath.ToSlash(filepath.Join(e.folder, filepath.FromSlash(name))))
}

func (e *editor) name(uri string) string {
	name, _ := strings.CutPrefix(uri, e.uri(".")+"/")
	return name
}

// send writes one message, of any form.
func (e *editor) send(body string) {
	e.t.Helper()
	if _, err := fmt.Fprintf(e.in, "Content-Length: %d\r\n\r\n%s", len(body), body); err != nil {
		e.t.Fatalf("the server does not read: %v", err)
	}
}

func (e *editor) tell(method string, params any) {
	e.t.Helper()
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "method": method, "params": params})
	if err != nil {
		e.t.Fatal(err)
	}
	e.send(string(body))
}

// open opens a document; the text is that on disk, or another.
func (e *editor) open(name, content string) {
	e.t.Helper()
	e.texts[name], e.versions[name] = content, 1
	e.tell("textDocument/didOpen", map[string]any{"textDocument": map[string]any{"uri": e.uri(name), "languageId": "grid", "version": 1, "text": content}})
}

// replace gives a document another text in one change.
func (e *editor) replace(name, content string) {
	e.t.Helper()
	e.change(name, text.Change{Text: content})
}

func (e *editor) change(name string, changes ...text.Change) {
	e.t.Helper()
	e.texts[name] = string(text.New([]byte(e.texts[name])).Edit(changes...).Bytes())
	e.versions[name]++
	e.tell("textDocument/didChange", map[string]any{
		"textDocument": map[string]any{"uri": e.uri(name), "version": e.versions[name]}, "contentChanges": changes,
	})
}

// ask sends a request and waits for its answer, taking in what comes before it.
func (e *editor) ask(method string, params, result any) *wire.Error {
	e.t.Helper()
	e.nextID++
	id := fmt.Sprint(e.nextID)
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": e.nextID, "method": method, "params": params})
	if err != nil {
		e.t.Fatal(err)
	}
	e.send(string(body))
	m := e.await(id)
	if m.Error != nil {
		return m.Error
	}
	e.checkRanges(m.Result)
	if result != nil {
		if err := json.Unmarshal(m.Result, result); err != nil {
			e.t.Fatalf("%s: %v: %s", method, err, m.Result)
		}
	}
	return nil
}

func (e *editor) mustAsk(method string, params, result any) {
	e.t.Helper()
	if err := e.ask(method, params, result); err != nil {
		e.t.Fatalf("%s: %d %s\n%s", method, err.Code, err.Message, e.log)
	}
}

// await reads up to the answer with an id.
func (e *editor) await(id string) *wire.Message {
	e.t.Helper()
	for {
		m := e.read()
		if m.Method == "" && string(m.ID) == id {
			return m
		}
	}
}

// read reads one message and notes what it tells.
func (e *editor) read() *wire.Message {
	e.t.Helper()
	body, err := e.out.Read()
	if err != nil {
		e.t.Fatalf("the server is gone: %v\n%s", err, e.log)
	}
	m := &wire.Message{}
	if err := json.Unmarshal(body, m); err != nil {
		e.t.Fatalf("%v: %s", err, body)
	}
	if m.Method == "textDocument/publishDiagnostics" {
		var p proto.PublishDiagnosticsParams
		if err := json.Unmarshal(m.Params, &p); err != nil {
			e.t.Fatal(err)
		}
		e.told[e.name(p.URI)] = p.Diagnostics
	} else if m.Method != "" {
		e.notes = append(e.notes, m)
	}
	return m
}

// settle waits until the server has dealt with all that it was sent: diagnostics are
// out before the answer to a request that comes later.
func (e *editor) settle() {
	e.t.Helper()
	if err := e.ask("gridc/nothing", nil, nil); err == nil || err.Code != wire.MethodNotFound {
		e.t.Fatalf("an unknown method: %v", err)
	}
}

// at are the parameters of a request about a place, which ‸ marks in a document's text.
func (e *editor) at(name string, offset int) map[string]any {
	t := text.New([]byte(e.texts[name]))
	return map[string]any{"textDocument": map[string]any{"uri": e.uri(name)}, "position": t.Position(offset)}
}

// cut takes the mark ‸ out of a text.
func cut(t testing.TB, marked string) (string, int) {
	t.Helper()
	at := strings.Index(marked, "‸")
	if at < 0 {
		t.Fatalf("no ‸ in %q", marked)
	}
	return strings.Replace(marked, "‸", "", 1), at
}

// codes are the ids of the diagnostics of a file.
func (e *editor) codes(name string) []string {
	codes := []string{}
	for _, d := range e.told[name] {
		codes = append(codes, d.Code)
	}
	return codes
}

// checkRanges fails for a range in an answer that no line has. Which document an answer
// is about is not always said in it: then it is one of those that are open.
func (e *editor) checkRanges(result json.RawMessage) {
	e.t.Helper()
	var value any
	if json.Unmarshal(result, &value) != nil {
		return
	}
	e.walk(value, "")
}

func (e *editor) walk(value any, uri string) {
	e.t.Helper()
	switch v := value.(type) {
	case []any:
		for _, x := range v {
			e.walk(x, uri)
		}
	case map[string]any:
		for _, key := range []string{"uri", "targetUri"} {
			if u, ok := v[key].(string); ok {
				uri = u
			}
		}
		if line, ok := v["line"].(float64); ok {
			if character, ok := v["character"].(float64); ok {
				e.inside(uri, int(line), int(character))
			}
		}
		for key, x := range v {
			inner := uri
			if strings.Contains(key, ":") {
				inner = key // of the changes of an edit
			}
			if key == "originSelectionRange" {
				inner = "" // in the document that was asked about
			}
			e.walk(x, inner)
		}
	}
}

func (e *editor) inside(uri string, line, character int) {
	e.t.Helper()
	fits := func(content string) bool {
		t := text.New([]byte(content))
		p := text.Position{Line: line, Character: character}
		return line < t.Lines() && t.Position(t.Offset(p)) == p
	}
	if uri != "" {
		content, open := e.texts[e.name(uri)]
		if !open {
			disk, err := os.ReadFile(filepath.FromSlash(text.Path(uri)))
			if err != nil {
				return
			}
			content = string(disk)
		}
		if !fits(content) {
			e.t.Errorf("%d:%d is no place in %s", line, character, uri)
		}
		return
	}
	for _, content := range e.texts {
		if fits(content) {
			return
		}
	}
	if len(e.texts) > 0 {
		e.t.Errorf("%d:%d is no place in any document", line, character)
	}
}
