package workspace

import (
	"path"
	"slices"

	"github.com/gridrpc/gridc/idl"
)

// claim is handler ids that a file uses, or reserves.
type claim struct {
	product  string
	from, to int64
	reserved bool
}

// claimsOf are the claims of a file, as far as they are numbers.
func claimsOf(tree *idl.File) (claims []claim) {
	number := func(lit *idl.Lit) (int64, bool) {
		return numberIn(lit), lit != nil && lit.Kind == idl.LitInt && !lit.Big
	}
	for _, decl := range tree.Decls {
		svc, ok := decl.(*idl.Service)
		if !ok {
			continue
		}
		product := svc.Product()
		for _, h := range svc.Handlers {
			if id, ok := number(h.ID); ok {
				claims = append(claims, claim{product, id, id, false})
			}
		}
		for _, line := range svc.Reserved {
			for _, item := range line.Items {
				from, ok := number(item.From)
				to, isRange := number(item.To)
				if !isRange {
					to = from
				}
				if ok {
					claims = append(claims, claim{product, from, to, true})
				}
			}
		}
	}
	return claims
}

func numberIn(lit *idl.Lit) int64 {
	if lit == nil {
		return 0
	}
	return lit.Int
}

// space is where handler ids have to be different: the services of one product in a module.
type space struct{ module, product string }

// joinByIDs joins files that claim the same handler id, so that they are checked together
// although neither imports the other. files are the paths of the nodes, in order.
func (w *Workspace) joinByIDs(nodes map[string]*node, files []string) {
	used, reserved := map[space]map[int64]*node{}, map[space][]*node{}
	modules, opts := map[string]string{}, w.options()
	for _, file := range files {
		n := nodes[file]
		if !n.root || n.parse == nil || len(n.parse.claims) == 0 {
			continue
		}
		folder := path.Dir(file)
		if _, known := modules[folder]; !known {
			modules[folder] = opts.ModuleFolder(folder)
		}
		for _, c := range n.parse.claims {
			in := space{modules[folder], c.product}
			switch ids := used[in]; {
			case c.reserved:
				if !slices.Contains(reserved[in], n) {
					reserved[in] = append(reserved[in], n)
				}
			case ids == nil:
				used[in] = map[int64]*node{c.from: n}
			case ids[c.from] == nil:
				ids[c.from] = n
			default:
				join(n, ids[c.from])
			}
		}
	}
	for in, nodes := range reserved {
		for _, n := range nodes {
			n.joinUsers(in.product, used[in])
		}
	}
}

// joinUsers joins a file with those that use ids which it reserves.
func (n *node) joinUsers(product string, used map[int64]*node) {
	for _, c := range n.parse.claims {
		for id, user := range used {
			if c.reserved && c.product == product && c.from <= id && id <= c.to {
				join(n, user)
			}
		}
	}
}
