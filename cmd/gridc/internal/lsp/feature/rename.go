package feature

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/index"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/proto"
	"github.com/gridrpc/gridc/compiler/goname"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/idl"
)

// errNothing is for a place that has no name of its own.
var errNothing = errors.New("there is no name here that can be changed")

// PrepareRename is the name at an offset and where it stands.
func PrepareRename(v *View, offset int) (proto.Range, string, error) {
	s, o := v.symbolAt(offset)
	if s == nil {
		return proto.Range{}, "", errNothing
	}
	return v.Range(o.At), s.Name, nil
}

var (
	identifier  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	packageName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$`)
)

// Rename gives what is named at an offset another name, wherever it is named, and in its
// own documentation if that begins with it. The note says what else changes.
func Rename(v *View, offset int, name string) (edit *proto.WorkspaceEdit, note string, err error) {
	s, _ := v.symbolAt(offset)
	if s == nil {
		return nil, "", errNothing
	}
	if err := v.mayBeCalled(s, name); err != nil {
		return nil, "", err
	}
	edit = &proto.WorkspaceEdit{Changes: map[string][]proto.TextEdit{}}
	for _, o := range v.Index.Uses(s) {
		uri := v.Workspace.URI(o.At.File)
		text := name
		if s.Kind == index.Package && !o.Decl {
			text = goname.PackageName(name) // history.v1 is historyv1 where it is imported
		}
		edit.Changes[uri] = append(edit.Changes[uri], proto.TextEdit{Range: v.Range(o.At), NewText: text})
	}
	if at := v.docName(s); !at.IsZero() {
		uri := v.Workspace.URI(at.File)
		edit.Changes[uri] = append(edit.Changes[uri], proto.TextEdit{Range: v.Range(at), NewText: name})
	}
	return edit, renameNote(s, name), nil
}

// docName is the name that the documentation of a symbol begins with, as Go's does, or
// nowhere if it begins otherwise.
func (v *View) docName(s *index.Symbol) idl.Span {
	if s.Meta == nil || len(s.Meta.Doc) == 0 {
		return idl.Span{}
	}
	begins := regexp.MustCompile(`^[ \t]*//[ \t]*(` + regexp.QuoteMeta(s.Name) + `)\b`)
	t := v.Unit.Text(s.File.Path)
	for _, below := range []idl.Span{s.Span, s.At} { // it stands above the annotations, or below them
		line := t.Position(below.Start.Offset).Line - len(s.Meta.Doc)
		if line < 0 {
			continue
		}
		if m := begins.FindStringSubmatchIndex(t.Line(line)); m != nil {
			start := t.LineStart(line)
			return idl.Span{File: s.File.Path, Start: idl.Pos{Offset: start + m[2]}, End: idl.Pos{Offset: start + m[3]}}
		}
	}
	return idl.Span{}
}

// mayBeCalled fails for a name that s cannot have.
func (v *View) mayBeCalled(s *index.Symbol, name string) error {
	switch {
	case s.Kind == index.Package && !packageName.MatchString(name), s.Kind != index.Package && !identifier.MatchString(name):
		return fmt.Errorf("`%s` is not a name: letters, digits and `_`", name)
	case name == s.Name:
		return nil
	case s.Kind == index.Package:
		if fault := goname.PackageNameFault(name); fault != "" {
			return fmt.Errorf("a package cannot be called `%s`: %s", name, fault)
		}
	case s.Kind == index.Alias:
		if v.Index.Of(s.File).Qualifiers()[name] != nil {
			return fmt.Errorf("another import is called `%s`", name)
		}
	case s.Parent != nil:
		for _, other := range s.Parent.Members {
			if other.Name == name {
				return fmt.Errorf("`%s` has a member `%s` already", s.Parent.Name, name)
			}
		}
	case ir.Builtin(name) != 0:
		return fmt.Errorf("`%s` is a built-in type", name)
	case v.Index.Of(s.File).Declared(name) != nil:
		return fmt.Errorf("`%s` is already declared", name)
	}
	return nil
}

// renameNote says that Go code will be another, and the wire will not.
func renameNote(s *index.Symbol, name string) string {
	switch {
	case s.Kind == index.Alias:
		return ""
	case s.Kind == index.Package:
		return fmt.Sprintf("package %s is %s now: its Go package changes with the next `gridc gen`, and so do the names of its handlers in logs. Messages stay as they are on the wire", s.Name, name)
	case anno(s.Meta, "go") != nil:
		return ""
	}
	return fmt.Sprintf("`%s` is `%s` now: its Go name `%s` changes with the next `gridc gen`, the wire does not", s.Name, name, goName(s))
}
