// Package etcdgrid has nodes find each other through etcd. An Announcer puts a node there
// for as long as it lives, and a Resolver names those that are there:
//
//	client, err := clientv3.New(clientv3.Config{Endpoints: endpoints})
//	m, err := grid.NewManager(grid.Options{Name: "node1", Resolver: &etcdgrid.Resolver{Client: client, Prefix: "grid/nodes/"}, …})
//	announcer := &etcdgrid.Announcer{Client: client, Prefix: "grid/nodes/", Peer: grid.Peer{Name: "node1", Address: "10.0.0.1:9000"}}
//	go announcer.Run(ctx)
//
// The key of a node is the prefix and its name, the value its address as Peer.Address
// has it; so a person can read and write them with etcdctl.
//
// # While etcd is away
//
// Peers stay peers, and calls go on: a Resolver that cannot read returns an error and
// names nobody, and its Manager calls it again. Nodes whose leases ran out meanwhile are
// missing from the first list afterwards; Options.PeerGrace keeps their sessions until
// they have announced themselves again.
package etcdgrid
