package evolution

import (
	"slices"
)

// ofHandler calls an edit with a random handler that fits.
func ofHandler(fits func(*handler) bool, change func(g *maker, h *handler) string) func(*maker) string {
	return func(g *maker) string {
		h := pick(g.Rand, g.m.handlers)
		if fits != nil && !fits(h) {
			return impossible
		}
		return change(g, h)
	}
}

func isRPC(h *handler) bool    { return !h.stream }
func isStream(h *handler) bool { return h.stream }

// takesAndGives reports whether h is a stream in both directions, or one with a response.
func takesAndGives(h *handler) bool { return h.stream && h.in != "" && h.out != "" }

func annotate(text, rule string) func(*maker) string {
	return ofHandler(isRPC, func(_ *maker, h *handler) string {
		h.annos = append(h.annos, text)
		return rule
	})
}

var handlerEdits = []edit{
	{"rename a handler", ofHandler(nil, func(g *maker, h *handler) string { h.name = g.m.fresh("R"); return "source/handler-renamed" })},
	{"add a handler", func(g *maker) string { g.handler(70); return "rollout/handler-added" }},
	{"delete a handler", func(g *maker) string { g.m.handlers = g.m.handlers[1:]; return "wire/handler-deleted" }},
	{"delete a handler and reserve it", func(g *maker) string {
		g.m.reserved = append(g.m.reserved, g.m.handlers[0].id)
		g.m.handlers = g.m.handlers[1:]
		return "source/handler-deleted"
	}},
	{"change an id", ofHandler(nil, func(_ *maker, h *handler) string { h.id = 71; return "wire/handler-id-changed" })},
	{"change an id and reserve the old one", ofHandler(nil, func(g *maker, h *handler) string {
		g.m.reserved = append(g.m.reserved, h.id)
		h.id = 71
		return "rollout/handler-added"
	})},
	{"take a reserved id", func(g *maker) string {
		g.m.reserved = nil
		g.handler(99)
		return "wire/handler-id-reused"
	}},
	{"reserve an id no longer", func(g *maker) string { g.m.reserved = nil; return "wire/reserved-removed" }},
	{"an rpc becomes a stream", ofHandler(isRPC, func(_ *maker, h *handler) string {
		h.stream, h.out = true, h.response
		return "wire/handler-kind-changed"
	})},
	{"a request goes", ofHandler(isRPC, func(_ *maker, h *handler) string { h.request = ""; return "wire/request-changed" })},
	{"a response becomes bytes", ofHandler(isRPC, func(_ *maker, h *handler) string { return toBytes(&h.response, "wire/response-changed") })},
	{"a payload goes", ofHandler(isStream, func(_ *maker, h *handler) string { h.request = ""; return "wire/payload-changed" })},
	{"an in becomes bytes", ofHandler(isStream, func(_ *maker, h *handler) string { return toBytes(&h.in, "wire/in-changed") })},
	{"an out becomes bytes", ofHandler(isStream, func(_ *maker, h *handler) string {
		if h.answered() {
			return toBytes(&h.out, "wire/response-changed")
		}
		return toBytes(&h.out, "wire/out-changed")
	})},
	{"an out becomes a response, or the other way round", ofHandler(takesAndGives, func(_ *maker, h *handler) string {
		h.answers = !h.answers
		return "rollout/answer-changed"
	})},
	{"a response of a stream goes", ofHandler((*handler).answered, func(_ *maker, h *handler) string {
		h.out = ""
		return "wire/response-changed"
	})},
	{"another subroute", func(g *maker) string { g.m.subroute += "    subroute shard\n"; return "wire/subroute-changed" }},
	{"another capacity", ofHandler(isStream, func(_ *maker, h *handler) string { h.inCap = 99; return "behavior/capacity-changed" })},
	{"a timeout", annotate("@timeout(5s)", "behavior/timeout-changed")},
	{"a priority", annotate("@priority(low)", "behavior/priority-changed")},
	{"idempotent", annotate("@idempotent", "behavior/idempotent-changed")},
	{"an annotation of one's own", annotate("@note(\"x\")", "behavior/annotation-changed")},
	{"reuse", annotate("@reuse", "behavior/reuse-changed")},
	{"add an error", ofHandler(func(h *handler) bool { return len(h.errors) < 2 }, func(g *maker, h *handler) string {
		h.errors = g.named("error")[:len(h.errors)+1]
		if slices.Contains(g.m.errors, h.errors[len(h.errors)-1]) {
			return impossible // the service has it
		}
		return "rollout/error-added"
	})},
	{"remove an error", func(g *maker) string {
		h := pick(g.Rand, g.m.handlers)
		if len(h.errors) == 0 || len(g.m.errors) > 0 {
			return impossible
		}
		h.errors = nil
		return "behavior/error-removed"
	}},
	{"an error for the whole service", func(g *maker) string {
		errs := g.named("error")
		if len(g.m.errors) > 0 || !slices.ContainsFunc(g.m.handlers, func(h *handler) bool { return !slices.Contains(h.errors, errs[1]) }) {
			return impossible
		}
		g.m.errors = errs[1:]
		return "rollout/error-added"
	}},
}

func toBytes(slot *string, rule string) string {
	if *slot == "bytes" {
		return impossible
	}
	*slot = "bytes"
	return rule
}
