package compiler

import (
	"fmt"
	"strings"
	"time"
)

// behavior reports what changed in how calls behave while every byte still
// means the same. Capacities and removed errors are the judge's.
func (r *review) behavior() {
	for _, id := range handlerIDsOf(r.old) {
		old, new := r.old.handlers[id], r.new.handlers[id]
		if new == nil {
			continue
		}
		r.setting(old, new, "behavior/timeout-changed", timeoutText(old.Timeout), timeoutText(new.Timeout))
		r.setting(old, new, "behavior/priority-changed", priorityText(old.Priority), priorityText(new.Priority))
		r.setting(old, new, "behavior/idempotent-changed", switchText("idempotent", old.Idempotent), switchText("idempotent", new.Idempotent))
		if old.hasInto() && !new.Reuse {
			continue // which source tells
		}
		r.setting(old, new, "behavior/reuse-changed", switchText("reuse", old.Reuse), switchText("reuse", new.Reuse))
	}
}

var settingHelp = map[string]string{
	"behavior/timeout-changed":    "callers built from the new files give up at another time",
	"behavior/priority-changed":   "messages of both revisions travel in different lanes until all are upgraded",
	"behavior/idempotent-changed": "only callers built from files that say so call again after a lost connection",
	"behavior/reuse-changed":      "where structs are pooled, handlers must not keep them",
}

// setting reports one setting of a handler when its text differs.
func (r *review) setting(old, new *handlerOf, id, was, is string) {
	if was == is {
		return
	}
	what := was + " became " + is
	name := strings.TrimSuffix(strings.TrimPrefix(id, "behavior/"), "-changed")
	r.report(id, old.name(), what, r.places.setting(new, name),
		fmt.Sprintf("`%s.%s`: %s", new.service.Name, new.Name, what)).help("%s", settingHelp[id])
}

func timeoutText(d time.Duration) string {
	if d == 0 {
		return "no timeout"
	}
	return "timeout " + d.String()
}

func priorityText(p Priority) string {
	return [...]string{Normal: "priority normal", High: "priority high", Low: "priority low"}[p]
}

func switchText(name string, on bool) string {
	if on {
		return "`@" + name + "`"
	}
	return "no `@" + name + "`"
}
