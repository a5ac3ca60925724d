package call

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/schema"
)

// listed is a line of a list of handlers.
type listed struct {
	id        grid.HandlerID
	name      string
	kind      string
	subroutes []string
}

// List prints the handlers that the node serves, by id. Tables name those that have no
// schema at the node.
func (p *Peer) List(ctx context.Context, w io.Writer, tables []*schema.Table) error {
	all, _, err := p.reflect(ctx)
	if err != nil {
		return err
	}
	names := make(map[grid.HandlerID]string)
	answers := make(map[grid.HandlerID]bool)
	for _, methods := range []map[string]*Method{methodsOf(tables...), all} {
		for name, m := range methods {
			names[grid.HandlerID(m.handler.ID)] = printable(name)
			answers[grid.HandlerID(m.handler.ID)] = m.handler.Response != nil
		}
	}
	lines := make(map[grid.HandlerID]*listed)
	for _, h := range p.conn.Handlers() {
		if lines[h.ID] == nil {
			lines[h.ID] = &listed{id: h.ID, name: cmp.Or(names[h.ID], "(no schema)"), kind: kindOf(h, answers[h.ID])}
		}
		lines[h.ID].subroutes = append(lines[h.ID].subroutes, h.Subroute)
	}
	return printList(w, lines)
}

// kindOf says what kind of handler it is, and which way messages flow; answers says that
// it has a response.
func kindOf(h grid.PeerHandler, answers bool) string {
	switch {
	case !h.Stream:
		return "rpc"
	case h.InCapacity > 0 && answers:
		return "stream in, response"
	case h.InCapacity > 0 && h.OutCapacity > 0:
		return "stream in, out"
	case h.InCapacity > 0:
		return "stream in"
	case h.OutCapacity > 0:
		return "stream out"
	}
	return "stream"
}

func printList(w io.Writer, lines map[grid.HandlerID]*listed) error {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, id := range sortedIDs(lines) {
		l := lines[id]
		fmt.Fprintf(tab, "%d\t%s\t%s", id, l.kind, l.name) // Flush tells of errors
		if len(l.subroutes) > 1 || l.subroutes[0] != "" {
			fmt.Fprintf(tab, "\t%s", namesOf(l.subroutes))
		}
		fmt.Fprintln(tab)
	}
	return tab.Flush()
}

func sortedIDs(lines map[grid.HandlerID]*listed) []grid.HandlerID {
	var ids []grid.HandlerID
	for id := range lines {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
