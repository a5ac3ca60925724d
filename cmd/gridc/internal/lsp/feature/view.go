package feature

import (
	"slices"
	"strings"

	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/index"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/proto"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/text"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/workspace"
	"github.com/gridrpc/gridc/compiler/goname"
	"github.com/gridrpc/gridc/idl"
)

// View is one file of a snapshot, which is what most requests are about.
type View struct {
	Workspace *workspace.Workspace
	Snapshot  *workspace.Snapshot
	Unit      *workspace.Unit
	Index     *index.Index
	File      *index.File
	Text      *text.Text
	Path      string
}

// Look returns the view of a file, or nil if there is no such file.
func Look(w *workspace.Workspace, path string) *View {
	s := w.Snapshot()
	u := s.Unit(path)
	if u.File(path) == nil {
		return nil
	}
	x := u.Index()
	return &View{Workspace: w, Snapshot: s, Unit: u, Index: x, File: x.File(path), Text: u.Text(path), Path: path}
}

// Offset is where a position is in the text.
func (v *View) Offset(p proto.Position) int { return v.Text.Offset(p) }

// Range is where a span of any file of the unit is.
func (v *View) Range(at idl.Span) proto.Range { return v.Unit.Range(at) }

// Location is a span with its document.
func (v *View) Location(at idl.Span) proto.Location {
	return proto.Location{URI: v.Workspace.URI(at.File), Range: v.Range(at)}
}

// span is a stretch of the view's file.
func (v *View) span(from, to int) idl.Span {
	return idl.Span{File: v.Path, Start: idl.Pos{Offset: from}, End: idl.Pos{Offset: to}}
}

// source is the text of a span.
func (v *View) source(at idl.Span) string {
	t := v.Unit.Text(at.File)
	if t == nil || at.Start.Offset < 0 || at.End.Offset > len(t.Bytes()) || at.Start.Offset > at.End.Offset {
		return ""
	}
	return string(t.Bytes()[at.Start.Offset:at.End.Offset])
}

// symbolAt is what is named at an offset, with the place, or nil.
func (v *View) symbolAt(offset int) (*index.Symbol, *index.Occurrence) {
	if o := v.Index.At(v.File, offset); o != nil {
		return o.Symbol, o
	}
	return nil, nil
}

// goName is the Go name of a symbol; its declaration may rename it.
func goName(s *index.Symbol) string {
	if a := anno(s.Meta, "go"); a != nil && len(a.Args) == 1 && a.Args[0].Value != nil && goname.IsExportedIdent(a.Args[0].Value.Str) {
		return a.Args[0].Value.Str
	}
	if s.Kind == index.Subroute {
		return goname.ParamName(s.Name)
	}
	return goname.ExportedName(s.Name)
}

// anno is an annotation of something, or nil.
func anno(meta *idl.Meta, name string) *idl.Anno {
	if meta == nil {
		return nil
	}
	i := slices.IndexFunc(meta.Annos, func(a *idl.Anno) bool { return a.Name.Name == name })
	if i < 0 {
		return nil
	}
	return meta.Annos[i]
}

// argument is the only argument of an annotation as it is written; empty for none.
func argument(a *idl.Anno) string {
	if a == nil || len(a.Args) != 1 || a.Args[0].Value == nil {
		return ""
	}
	return a.Args[0].Value.Text
}

// deprecated is the reason of @deprecated, and whether it is there.
func deprecated(s *index.Symbol) (string, bool) {
	a := anno(s.Meta, "deprecated")
	if a == nil {
		return "", false
	}
	if len(a.Args) == 1 && a.Args[0].Value != nil {
		return a.Args[0].Value.Str, true
	}
	return "", true
}

// docOf is the documentation of a symbol without what speaks to gridc alone.
func docOf(s *index.Symbol) string {
	var lines []string
	if s.Meta != nil {
		for _, line := range s.Meta.Doc {
			if !strings.HasPrefix(strings.TrimSpace(line), "gridc:ignore") {
				lines = append(lines, line)
			}
		}
		if c := s.Meta.Comment; c != "" && !strings.HasPrefix(strings.TrimSpace(c), "gridc:ignore") {
			lines = append(lines, c)
		}
	}
	return strings.Join(lines, "\n")
}
