package tsgen

import (
	"github.com/gridrpc/gridc/compiler/goname"
	"github.com/gridrpc/gridc/compiler/ir"
)

// bodies are the messages of the package and the bodies of its errors.
func (u *unit) bodies() []*ir.Message {
	bodies := append([]*ir.Message{}, u.pkg.Messages...)
	for _, e := range u.pkg.Errors {
		bodies = append(bodies, e.Body)
	}
	return bodies
}

// addZeros declares what fields hold that were not set, where they are messages of other
// packages, and returns what is to be declared of the package's own.
func (u *unit) addZeros(m *module) map[*ir.Message]bool {
	own := map[*ir.Message]bool{}
	for _, body := range u.bodies() {
		for _, f := range body.Fields {
			held := f.Type.Message
			if f.Type.Kind != ir.MessageKind || f.Type.Optional || own[held] || u.zeros[held] != "" {
				continue
			}
			if held.Package == u.pkg {
				own[held] = true
				u.zeros[held] = "zero" + u.bodyName(held)
				continue
			}
			u.zeros[held] = u.names.pick("zero" + goname.ExportedName(u.aliases[held.Package]) + u.bodyName(held))
			m.add(zeroItem(u.zeros[held], u.bodyType(held), u.of(held.Package, "new"+u.bodyName(held))))
		}
	}
	return own
}

// ordered are the bodies, each behind those that it holds: its zero is made of theirs.
func (u *unit) ordered() []*ir.Message {
	var out []*ir.Message
	done := map[*ir.Message]bool{}
	var visit func(m *ir.Message)
	visit = func(m *ir.Message) {
		if done[m] || m.Package != u.pkg {
			return
		}
		done[m] = true
		for _, f := range m.Fields {
			if f.Type.Kind == ir.MessageKind && !f.Type.Optional {
				visit(f.Type.Message)
			}
		}
		out = append(out, m)
	}
	for _, m := range u.bodies() {
		visit(m)
	}
	return out
}

// zeroItem declares what fields hold that were not set.
func zeroItem(name, typ, constructor string) item {
	return item{code: "const " + name + typed(": "+typ) + " = /* @__PURE__ */ Object.freeze(/* @__PURE__ */ " + constructor + "());"}
}
