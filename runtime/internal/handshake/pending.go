package handshake

import (
	"sync"
	"sync/atomic"
)

// Pending counts sockets that are not authenticated yet.
type Pending struct {
	Limit, PerAddress int

	mu    sync.Mutex
	all   int
	hosts map[string]int
}

// Take takes a slot for one more socket of a host, or returns nil if there is none.
func (x *Pending) Take(host string) *Slot {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.all >= x.Limit || x.hosts[host] >= x.PerAddress {
		return nil
	}
	if x.hosts == nil {
		x.hosts = make(map[string]int)
	}
	x.all++
	x.hosts[host]++
	p := &Slot{all: x, host: host}
	p.holders.Store(1)
	return p
}

// Len is how many slots are taken.
func (x *Pending) Len() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.all
}

func (x *Pending) give(host string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.all--
	if x.hosts[host]--; x.hosts[host] == 0 {
		delete(x.hosts, host)
	}
}

// Slot belongs to one socket that is not authenticated yet. It is free again when all its
// holders have released it: an authenticator that never returns keeps it.
type Slot struct {
	all     *Pending
	host    string
	holders atomic.Int32
}

// Hold adds a holder, which must call Release.
func (p *Slot) Hold() { p.holders.Add(1) }

// Release gives the slot back, if nobody else holds it.
func (p *Slot) Release() {
	if p.holders.Add(-1) == 0 {
		p.all.give(p.host)
	}
}
