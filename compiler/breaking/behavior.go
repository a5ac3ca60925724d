package breaking

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/idl"
)

// behavior reports what changed in how calls behave while every byte still
// means the same. Capacities and removed errors are the judge's.
func (r *review) behavior() {
	var found []*setting
	for _, old := range r.oldHandlers() {
		new := r.now(old)
		if new == nil {
			continue
		}
		add := func(id, was, is string) {
			if was != is {
				found = append(found, &setting{id, old, new, was, is})
			}
		}
		add("behavior/timeout-changed", timeoutText(old.Timeout), timeoutText(new.Timeout))
		add("behavior/priority-changed", priorityText(old.Priority), priorityText(new.Priority))
		add("behavior/idempotent-changed", switchText("idempotent", old.Idempotent), switchText("idempotent", new.Idempotent))
		marksChanged(old.Marks, new.Marks, add)
		if !old.HasInto() || new.Reuse { // else source tells
			add("behavior/reuse-changed", switchText("reuse", old.Reuse), switchText("reuse", new.Reuse))
		}
	}
	r.settings(found)
}

// oldHandlers are the handlers of the old side, by product and id.
func (r *review) oldHandlers() (all []*handlerOf) {
	for _, in := range r.products {
		for _, id := range in.old.ids() {
			all = append(all, in.old.handlers[id])
		}
	}
	return all
}

// setting is how one handler behaves in another way.
type setting struct {
	id       string
	old, new *handlerOf
	was, is  string
}

// settings reports what changed in the same way for all handlers of a service, as
// by one annotation of it, once, and all else for each handler.
func (r *review) settings(found []*setting) {
	type group struct {
		service     *ir.Service
		id, was, is string
	}
	sizes, said := map[group]int{}, map[group]bool{}
	of := func(s *setting) group { return group{s.old.Service, s.id, s.was, s.is} }
	for _, s := range found {
		sizes[of(s)]++
	}
	for _, s := range found {
		n, at := sizes[of(s)], r.places.setting(s.new, s.name())
		switch {
		case n == 1 || n < r.keptHandlers(s.old.Service):
			r.setting(s, s.old.FullName(), "`"+s.new.Service.Name+"."+s.new.Name+"`", at)
		case !said[of(s)]:
			said[of(s)] = true
			if at == s.new.Span { // nothing says it any more
				at = s.new.Service.Span
			}
			r.setting(s, fullName(s.old.Service), "service `"+s.new.Service.Name+"`", at)
		}
	}
}

// keptHandlers counts the handlers of a service that are still there.
func (r *review) keptHandlers(svc *ir.Service) int {
	n := 0
	for _, h := range svc.Handlers {
		if r.now(&handlerOf{h, svc}) != nil {
			n++
		}
	}
	return n
}

var settingHelp = map[string]string{
	"behavior/timeout-changed":    "callers built from the new files give up at another time",
	"behavior/priority-changed":   "messages of both revisions travel in different lanes until all are upgraded",
	"behavior/idempotent-changed": "only callers built from files with it retry after a lost connection",
	"behavior/annotation-changed": "observers and interceptors of both revisions see what their own files say",
	"behavior/reuse-changed":      "where structs are pooled, handlers must not keep them",
}

// name is that of the annotation.
func (s *setting) name() string {
	return strings.TrimSuffix(strings.TrimPrefix(s.id, "behavior/"), "-changed")
}

// setting reports a setting of a handler or of a whole service.
func (r *review) setting(s *setting, subject, whose string, at idl.Span) {
	what := s.was + " became " + s.is
	r.report(s.id, subject, what, at, whose+": "+what).Help("%s", settingHelp[s.id])
}

func timeoutText(d time.Duration) string {
	if d == 0 {
		return "no timeout"
	}
	return "timeout " + d.String()
}

func priorityText(p ir.Priority) string {
	return [...]string{ir.Normal: "priority normal", ir.High: "priority high", ir.Low: "priority low"}[p]
}

func switchText(name string, on bool) string {
	if on {
		return "`@" + name + "`"
	}
	return "no `@" + name + "`"
}

// rules reports what became of the rules of values that callers send: they are checked at
// both ends, so while both revisions run a value may be refused that one end allows. Limits
// are the judge's.
func (r *review) rules() {
	seen := map[any]bool{}
	for _, old := range r.oldHandlers() {
		if r.now(old) == nil {
			continue
		}
		r.rulesOf(old.Request, seen)
		r.rulesOf(ir.FlowType(old.In), seen)
	}
}

// rulesOf compares the rules of an old type, and of what it holds, with those of today.
func (r *review) rulesOf(t *ir.Type, seen map[any]bool) {
	for t != nil && t.Elem != nil {
		t = t.Elem
	}
	var name string
	var node any
	switch {
	case t == nil:
		return
	case t.Kind == ir.MessageKind:
		node = t.Message
	case t.Kind == ir.UnionKind:
		node = t.Union
	}
	if node == nil || seen[node] {
		return
	}
	seen[node] = true
	name = t.Package.ID() + "." + t.DeclName()
	now := r.new.decls[cmp.Or(r.moved[name], name)]
	for _, old := range ir.FieldsOf(node) {
		r.rulesOf(old.Type, seen)
		if now == nil {
			continue
		}
		for _, f := range ir.FieldsOf(now.Target) {
			if memberOf(f) == memberOf(old) {
				r.fieldRules(name, old, f)
			}
		}
	}
}

// fieldRules compares the rules of one field.
func (r *review) fieldRules(owner string, old, new *ir.Field) {
	was, is := ruleTexts(old), ruleTexts(new)
	added := slices.DeleteFunc(slices.Clone(is), func(rule string) bool { return slices.Contains(was, rule) })
	gone := slices.DeleteFunc(slices.Clone(was), func(rule string) bool { return slices.Contains(is, rule) })
	subject := owner + "." + memberOf(old)
	what := ruleList(gone) + " became " + ruleList(added)
	message := fmt.Sprintf("field `%s.%s`: %s", owner, new.Name, what)
	switch {
	case len(added) == 0 && len(gone) == 0:
	case len(added) == 0 || loosened(old.Rules, new.Rules, gone, added):
		r.report("rollout/rule-loosened", subject, what, new.Span, message).
			Help("servers go first: those of the older revision refuse what newer callers may send")
	default:
		r.report("rollout/rule-tightened", subject, what, new.Span, message).
			Help("callers go first: servers of the newer revision refuse what older ones may send")
	}
}

// ruleTexts are the rules of a field as they are written, without its limits.
func ruleTexts(f *ir.Field) []string {
	all := quoteAll(f.RuleTexts())
	for _, m := range f.Marks {
		if m.Annotation.Check != nil {
			all = append(all, markText(m.Annotation.FullName(), m))
		}
	}
	return all
}
