package breaking

import (
	"maps"
	"slices"
	"strings"

	"github.com/gridrpc/gridc/compiler/ir"
)

// marksChanged calls add for each annotation of the schema's own that changed at a
// handler.
func marksChanged(old, new []*ir.Mark, add func(id, was, is string)) {
	was, is := marksByName(old), marksByName(new)
	names := slices.Collect(maps.Keys(was))
	names = slices.AppendSeq(names, maps.Keys(is))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		add("behavior/annotation-changed", markText(name, was[name]), markText(name, is[name]))
	}
}

func marksByName(marks []*ir.Mark) map[string]*ir.Mark {
	byName := make(map[string]*ir.Mark, len(marks))
	for _, m := range marks {
		byName[m.Annotation.FullName()] = m
	}
	return byName
}

// markText is an annotation as it is written, with the names of its arguments.
func markText(name string, m *ir.Mark) string {
	if m == nil {
		return switchText(name, false)
	}
	var args []string
	for _, arg := range m.Args {
		args = append(args, arg.Name+": "+argText(arg))
	}
	if len(args) == 0 {
		return switchText(name, true)
	}
	return "`@" + name + "(" + strings.Join(args, ", ") + ")`"
}

// argText is the value of an argument.
func argText(arg *ir.Const) string {
	if arg.Type.Kind == ir.EnumKind {
		for _, v := range arg.Type.Enum.Values {
			if v.Number == arg.Int {
				return v.Name
			}
		}
	}
	_, value, _ := strings.Cut(goValue(arg), " ")
	return value
}

// params compares the parameters of two revisions of an annotation.
func (s *sourceReview) params(name string, old, new *ir.Annotation) {
	byName := map[string]*ir.Param{}
	for _, p := range new.Params {
		byName[p.Name] = p
	}
	for _, p := range old.Params {
		now, was := byName[p.Name], s.goType(p.Type, s.moved)
		switch what := "parameter `" + name + "." + p.Name + "`"; {
		case now == nil:
			s.report("source/annotation-changed", name+"."+p.Name, "was deleted", new.Span, what+" was deleted")
		case s.goType(now.Type, nil) != was:
			became := "`" + s.goType(p.Type, nil) + "` became `" + s.goType(now.Type, nil) + "`"
			s.report("source/annotation-changed", name+"."+p.Name, became, now.Span, what+": "+became)
		}
	}
}
