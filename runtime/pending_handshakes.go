package grid

import (
	"sync"
	"sync/atomic"
)

// pendingHandshakes counts sockets that are not authenticated yet.
type pendingHandshakes struct {
	limit, perAddress int

	mu    sync.Mutex
	all   int
	hosts map[string]int
}

// take returns the place of one more, or nil.
func (x *pendingHandshakes) take(host string) *pendingHandshake {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.all >= x.limit || x.hosts[host] >= x.perAddress {
		return nil
	}
	if x.hosts == nil {
		x.hosts = make(map[string]int)
	}
	x.all++
	x.hosts[host]++
	p := &pendingHandshake{all: x, host: host}
	p.holders.Store(1)
	return p
}

func (x *pendingHandshakes) give(host string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.all--
	if x.hosts[host]--; x.hosts[host] == 0 {
		delete(x.hosts, host)
	}
}

// pendingHandshake is the place of one of them. It is free again when all that hold
// it have released it: an authenticator that never returns keeps it.
type pendingHandshake struct {
	all     *pendingHandshakes
	host    string
	holders atomic.Int32
}

func (p *pendingHandshake) hold() { p.holders.Add(1) }

func (p *pendingHandshake) release() {
	if p.holders.Add(-1) == 0 {
		p.all.give(p.host)
	}
}
