package call

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gridrpc/gridc/idl"
	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/dynamic"
	"github.com/gridrpc/gridc/runtime/schema"
)

// Method is a handler with its schema.
type Method struct {
	table     *schema.Table
	handler   *schema.Handler
	subroutes []string // under which a node serves it, as far as that is known
}

func (m *Method) codec() dynamic.Codec { return dynamic.Codec{Table: m.table} }

// methodsOf are the handlers of tables, by name.
func methodsOf(tables ...*schema.Table) map[string]*Method {
	all := make(map[string]*Method)
	for _, t := range tables {
		for i := range t.Handlers {
			all[t.Handlers[i].Name] = &Method{table: t, handler: &t.Handlers[i]}
		}
	}
	return all
}

// Find looks a handler up in tables, without asking a node.
func Find(name string, tables []*schema.Table) (*Method, error) {
	all := methodsOf(tables...)
	if m := all[name]; m != nil {
		return m, nil
	}
	return nil, fmt.Errorf("the schema has no handler %q%s", name, didYouMean(name, all))
}

func didYouMean(name string, all map[string]*Method) string {
	if near := idl.Nearest(name, slices.Collect(maps.Keys(all))); near != "" {
		return fmt.Sprintf(", did you mean %q?", near)
	}
	return ""
}

// Find looks a handler up among those that the node serves. Its schema comes from the
// tables, if there are any, else from the node.
func (p *Peer) Find(ctx context.Context, name string, tables []*schema.Table) (*Method, error) {
	if len(tables) > 0 {
		m, err := Find(name, tables)
		if err != nil {
			return nil, err
		}
		return m, p.locate(m)
	}
	all, silent, err := p.reflect(ctx)
	if err != nil {
		return nil, err
	}
	if m := all[name]; m != nil {
		return m, nil
	}
	f := notSent(grid.UnknownHandler, "%s serves no handler %q%s", p.name, name, didYouMean(name, all))
	f.Hint = "--list shows what it serves"
	if silent > 0 {
		f.Hint += fmt.Sprintf("; %d of its handlers have no schema there, so what they are called must come from --schema", silent)
	}
	return nil, f
}

// reflect asks the node for all its handlers. silent is how many have no schema there.
func (p *Peer) reflect(ctx context.Context) (all map[string]*Method, silent int, err error) {
	var ids []grid.HandlerID
	subroutes := make(map[grid.HandlerID][]string)
	for _, h := range p.conn.Handlers() {
		if subroutes[h.ID] == nil {
			ids = append(ids, h.ID)
		}
		subroutes[h.ID] = append(subroutes[h.ID], h.Subroute)
	}
	tables, err := p.conn.Schemas(ctx, ids...)
	if err != nil {
		return nil, 0, failed(err, nil)
	}
	all = methodsOf(slices.Collect(maps.Values(tables))...)
	for _, m := range all {
		m.subroutes = subroutes[grid.HandlerID(m.handler.ID)]
	}
	return all, len(ids) - len(tables), nil
}

// locate notes under which subroutes the node serves a handler.
func (p *Peer) locate(m *Method) error {
	for _, h := range p.conn.Handlers() {
		if uint16(h.ID) == m.handler.ID {
			m.subroutes = append(m.subroutes, h.Subroute)
		}
	}
	if len(m.subroutes) == 0 {
		return notSent(grid.UnknownHandler, "%s does not serve handler %d, which is %s", p.name, m.handler.ID, m.handler.Name)
	}
	return nil
}

// caller returns what the handler is called through. An only name that it has is taken;
// of several the user chooses.
func (p *Peer) caller(m *Method, subroute string) (grid.Caller, error) {
	if subroute == "" && len(m.subroutes) == 1 && isFixed(m.handler) {
		subroute = m.subroutes[0]
	}
	if !slices.Contains(m.subroutes, subroute) {
		f := notSent(grid.UnknownHandler, "%s serves %s under no subroute, but under %s", p.name, m.handler.Name, namesOf(m.subroutes))
		if subroute != "" {
			f.Message = fmt.Sprintf("%s serves %s not under %q, but under %s", p.name, m.handler.Name, subroute, namesOf(m.subroutes))
		}
		f.Hint = "choose one with --subroute"
		return nil, f
	}
	if subroute == "" {
		return p.conn, nil
	}
	return p.conn.Subroute(strings.Split(subroute, "/")...), nil
}

// isFixed reports whether the parts of a handler's subroute are all in its schema.
func isFixed(h *schema.Handler) bool { return !slices.Contains(h.Subroutes, "") }

// mostNames is how many names of subroutes are shown.
const mostNames = 8

// namesOf lists subroutes.
func namesOf(subroutes []string) string {
	var shown []string
	for i, s := range subroutes {
		if i == mostNames {
			shown = append(shown, fmt.Sprintf("%d more", len(subroutes)-i))
			break
		}
		if s == "" {
			s = "no subroute"
		}
		shown = append(shown, printable(s))
	}
	return strings.Join(shown, ", ")
}
