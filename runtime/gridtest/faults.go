package gridtest

// Cut breaks the connections between two hosts: they fail with ECONNRESET at both
// ends at once, and data on its way is lost. New dials are refused until Heal.
func (n *Network) Cut(a, b string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	p := path{hostOf(a), hostOf(b)}
	n.routeLocked(p).cut = true
	n.routeLocked(p.back()).cut = true
	n.killLocked(func(q path) bool { return q == p || q == p.back() })
	n.changedLocked()
}

// Partition makes the network silent between two hosts, in both directions, until
// Heal. Neither host gets an error: reads wait, writes fill the buffers and then
// wait, the other side does not notice a close, and dials wait until their context
// ends.
func (n *Network) Partition(a, b string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	p := path{hostOf(a), hostOf(b)}
	n.routeLocked(p).silent = true
	n.routeLocked(p.back()).silent = true
	n.applyAllLocked()
}

// PartitionOneWay makes the network silent from one host to another, but not back,
// until Heal. A dial needs both directions.
func (n *Network) PartitionOneWay(from, to string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.routeLocked(path{hostOf(from), hostOf(to)}).silent = true
	n.applyAllLocked()
}

// Heal ends Cut, Partition and PartitionOneWay between two hosts, in both
// directions. Data that a partition has held up arrives, as if TCP sent it again.
func (n *Network) Heal(a, b string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	p := path{hostOf(a), hostOf(b)}
	n.routeLocked(p).heal()
	n.routeLocked(p.back()).heal()
	n.applyAllLocked()
}

// HealAll is Heal for every pair of hosts. It does not resume stalled hosts and
// changes no Link.
func (n *Network) HealAll() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, r := range n.routes {
		r.heal()
	}
	n.applyAllLocked()
}

func (r *route) heal() { r.cut, r.silent = false, false }

// Stall freezes the network side of a host as if its process were suspended. The
// host receives nothing and notices nothing, what it sends does not leave, it
// accepts nothing, and its dials wait. Others can still connect to it, as a kernel
// would let them, until its backlog is full. The clock of its program runs on:
// deadlines pass, and Close works.
func (n *Network) Stall(host string) { n.setStalled(host, true) }

// Resume ends Stall.
func (n *Network) Resume(host string) { n.setStalled(host, false) }

func (n *Network) setStalled(name string, stalled bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.hostLocked(hostOf(name)).stalled = stalled
	n.applyAllLocked()
}

// Crash ends everything that a host has in the network, as if its process were
// killed. Its listener is gone until Listen is called again, and its dials in
// progress fail. Its connections fail with ECONNRESET: on its own side at once, on
// the other side when the reset arrives (after the latency, and not through a
// partition). After its crash a stalled host is no longer stalled.
func (n *Network) Crash(host string) { n.crash(host, false) }

// Vanish is Crash without the reset, as if the power of the host were cut. Data
// that it had sent is lost, and the other ends of its connections never hear
// anything.
func (n *Network) Vanish(host string) { n.crash(host, true) }

func (n *Network) crash(host string, silently bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	name := hostOf(host)
	h := n.hostLocked(name)
	h.crashes++
	h.stalled = false
	if silently {
		n.silenceLocked(name)
	}
	n.closeListenerLocked(h)
	for _, w := range n.wires {
		if w.path.from == name {
			w.dialer.Kill()
		}
		if w.path.to == name {
			w.acceptor.Kill()
		}
		// If the host was stalled, what it had not sent is lost by now and
		// the news of its end may leave.
		n.applyLocked(w)
	}
	n.changedLocked()
}

// silenceLocked lets nothing through the connections of a host any more.
func (n *Network) silenceLocked(host string) {
	for _, w := range n.wires {
		if w.path.from == host || w.path.to == host {
			w.dead = true
			n.applyLocked(w)
		}
	}
}

// killLocked breaks both ends of the connections dialed along the paths.
func (n *Network) killLocked(which func(path) bool) {
	for _, w := range n.wires {
		if which(w.path) {
			w.dialer.Kill()
			w.acceptor.Kill()
		}
	}
}

// applyAllLocked makes connections and dials feel the faults as they are now.
func (n *Network) applyAllLocked() {
	for _, w := range n.wires {
		n.applyLocked(w)
	}
	n.changedLocked()
}

// applyLocked makes one connection feel the faults as they are now.
func (n *Network) applyLocked(w *wire) {
	from, to := n.hostLocked(w.path.from), n.hostLocked(w.path.to)
	w.dialer.SetStalled(from.stalled)
	w.acceptor.SetStalled(to.stalled)
	w.dialer.SetHeld(w.dead || from.stalled || n.routeLocked(w.path).silent)
	w.acceptor.SetHeld(w.dead || to.stalled || n.routeLocked(w.path.back()).silent)
}
