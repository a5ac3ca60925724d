// Package faults tries the production runtime on real sockets: TCP on loopback,
// processes that are stopped and killed, exhausted file descriptors, storms of
// clients, and networks of their own where root allows them. What package sim
// proves under fake time for any world that a seed makes is met here with the
// kernel's sockets and the machine's clock.
//
//	Proxy (proxy.go, pair.go, pipe.go)  a TCP proxy that plays a bad network
//	Node, Agent (node.go, agent.go)     a Manager behind an http.Server; the same in a process of its own
//	Load (load.go, order.go, serve.go)  calls and streams whose bytes belong to one id each
//	Ledger (ledger.go, journal.go)      what both ends saw of each id, and the audit of it
//
// The default run takes seconds. One command runs each part, and longer:
//
//	go test ./runtime/internal/faults -v -run TestFault                       each fault, with calls and streams in flight
//	go test ./runtime/internal/faults -v -run TestRandomFaults -for 5m        a random schedule; -seed N chooses it
//	go test ./runtime/internal/faults -v -run TestProcess                     SIGSTOP, SIGKILL, restart
//	go test ./runtime/internal/faults -v -run TestRollingRestart -rounds 50   five processes restart in good order, one after the other, under load
//	go test ./runtime/internal/faults -v -run TestDescriptors                 file descriptors run out, at either end
//	go test ./runtime/internal/faults -v -run TestStorm -clients 10000        the server of so many clients restarts; -down 5s, -per-address 128
//	go test ./runtime/internal/faults -v -run TestNamespaces                  two network namespaces; needs root and ip
//
// Nothing that is asserted depends on how fast the machine is: where a promise
// names a time, the test measures and logs it, and fails only past a bound that is
// far above it and far below what would happen if the promise were broken.
package faults
