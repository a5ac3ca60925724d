// Package gridtest helps to test programs that talk over the grid. A Mesh is a
// cluster of nodes in memory, with faults that a test switches on and off while
// everything runs:
//
//	synctest.Test(t, func(t *testing.T) {
//		mesh := gridtest.New(t, gridtest.Options{
//			Nodes:    []string{"a", "b", "c"},
//			Register: func(n *gridtest.Node) error { return storage.RegisterStorage(n.Manager(), "d1", disk) },
//		})
//		mesh.WaitConnected(t.Context())
//		mesh.Partition("a", "b")
//		mesh.Crash("c")
//		mesh.Restart("c")
//	})
//
// A Mesh runs on a Network: named hosts, and connections that behave like TCP. You
// can use a Network alone:
//
//	n := gridtest.NewNetwork(1)
//	defer n.Close()
//	ln, err := n.Listen("b")
//	conn, err := n.Dial(ctx, "a", "b")
//	n.SetAll(gridtest.Link{Latency: 20 * time.Millisecond, Jitter: 5 * time.Millisecond})
//	n.Partition("a", "b")
//	n.Heal("a", "b")
//
// The network has no goroutines of its own and uses the clock of the standard
// library. So it runs under testing/synctest, where hours of latency pass in no
// time. A Network belongs to the bubble in which it was made. Outside a bubble it
// runs in real time.
//
// Random choices (only jitter is random) come from the seed: the n-th connection
// from one host to another gets the same random numbers in every run. A seed cannot
// fix the order in which goroutines run.
//
// # Faults
//
//	Cut           connections break at both ends at once, new ones are refused
//	Partition     silence: nothing arrives and nobody is told; dials wait
//	Heal          ends both; what was on its way arrives after all
//	Stall         a host stops as if its process were suspended
//	Crash         a host's connections are reset and its listener is gone
//	Vanish        the same, but nobody is told
package gridtest
