// Package trial is what the tests of the runtime's behaviour stand on, and the folders
// below it are these tests. They see what users and peers see: package grid, and the bytes
// on the wire. Tests of one part stand beside it.
//
// There are two ways to have nodes:
//
//   - [World] (world.go) is two nodes in memory, in fake time, seen from the one that calls.
//     [EachRole] runs a test twice, for no call may depend on which of them dialed.
//   - [ProbeTarget] (target.go) is one node, and package peer, which is written from
//     PROTOCOL.md, is the other end. In an [Arena] (arena.go) the peer is an attacker: what
//     that costs the node must stay within bounds, and a witness must not feel it.
//
// Below are protocol and attack (what a peer may send), duel (two ends under random
// operations, a fuzz target), calls, streams, typed (handles, messages, interceptors),
// peers (who connects to whom), shutdown, fences (code of others that slips), observe (what
// observers are told), bench (benchmarks of the whole), and promises (the tables: which
// tests prove which promise, limit and known mistake).
package trial
