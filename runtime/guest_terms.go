package grid

import "github.com/gridrpc/gridc/runtime/internal/node"

// guestTerms are what guests of one GuestHandler have in common, and what tells them from
// others. They know neither Connections nor the Manager.
type guestTerms struct {
	only    map[HandlerID]bool // what they may call; static
	limits  node.Limits        // of each of them, and of all together; static
	running node.Budget        // calls served, of all of them
}
