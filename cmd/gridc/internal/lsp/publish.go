package lsp

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/feature"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/proto"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/review"
)

// glance tells what is wrong with the document that was edited last, where the others would
// take long, and reports whether it did. What only the linter has to say comes with all the
// rest, and stays until then.
func (s *server) glance() bool {
	path := s.edits.path
	if path == "" || s.edits.mixed || s.edits.glanced {
		return s.edits.glanced
	}
	u := s.files.Snapshot().Unit(path)
	if u.File(path) == nil {
		return false
	}
	found, ok := u.Glance(path)
	if !ok {
		return false
	}
	s.edits.glanced, s.staleSince = true, time.Time{}
	if len(found) > 0 || s.toldErrors[path] {
		s.published[path] = s.tell(path, feature.Told(s.files, u, found, s.client.InitializationOptions.ExplainURI))
		s.toldErrors[path] = len(found) > 0
	}
	return true
}

// publish tells the diagnostics of all files that differ from what was told before.
func (s *server) publish() {
	s.stale, s.staleSince, s.edits = false, time.Time{}, edits{}
	told := map[string]string{}
	clear(s.toldErrors)
	for _, u := range s.files.Snapshot().Units {
		for _, f := range u.Files {
			if _, twice := told[f.Path]; twice {
				continue
			}
			ds := feature.Diagnostics(s.files, u, f.Path, s.client.InitializationOptions.ExplainURI)
			told[f.Path] = s.tell(f.Path, ds)
			s.toldErrors[f.Path] = slices.ContainsFunc(ds, func(d proto.Diagnostic) bool { return d.Severity == proto.SeverityError })
		}
		if schema := u.Schema(); schema != nil {
			s.reviews.Ask(review.Request{Paths: u.Paths, Schema: schema})
		}
	}
	for path := range s.published {
		if _, there := told[path]; !there { // it is gone, and so is what was wrong with it
			s.tell(path, []proto.Diagnostic{})
		}
	}
	s.published = told
}

// tell publishes the diagnostics of a file unless the editor knows them, and returns
// what it knows now. Those of an open document have its version.
func (s *server) tell(path string, ds []proto.Diagnostic) string {
	body, _ := json.Marshal(ds)
	now, before := string(body), s.published[path]
	if now == before || before == "" && len(ds) == 0 && s.files.Document(path) == nil {
		return now
	}
	params := proto.PublishDiagnosticsParams{URI: s.files.URI(path), Diagnostics: ds}
	if d := s.files.Document(path); d != nil {
		params.Version = &d.Version
	}
	_ = s.out.Notify(nil, "textDocument/publishDiagnostics", params)
	return now
}
