package faults

import (
	"bufio"
	"net"
	"net/http"
	"sync/atomic"
)

// door stands in front of a Manager's Handler and counts who comes in.
type door struct {
	http.Handler
	now     atomic.Int64 // sockets that shake hands: taken over, and not yet a session
	peak    atomic.Int64
	refused atomic.Int64 // upgrades answered with 503
}

// ServeHTTP implements http.Handler. It lasts as long as the handshake.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v := &visitor{ResponseWriter: w, door: d}
	d.Handler.ServeHTTP(v, r)
	if v.inside {
		d.now.Add(-1)
	}
}

// visitor is one request at the door.
type visitor struct {
	http.ResponseWriter
	door   *door
	inside bool
}

// WriteHeader implements http.ResponseWriter.
func (v *visitor) WriteHeader(status int) {
	if status == http.StatusServiceUnavailable {
		v.door.refused.Add(1)
	}
	v.ResponseWriter.WriteHeader(status)
}

// Hijack implements http.Hijacker.
func (v *visitor) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, rw, err := http.NewResponseController(v.ResponseWriter).Hijack()
	if err == nil && !v.inside {
		v.inside = true
		now := v.door.now.Add(1)
		for peak := v.door.peak.Load(); now > peak && !v.door.peak.CompareAndSwap(peak, now); {
			peak = v.door.peak.Load()
		}
	}
	return c, rw, err
}
