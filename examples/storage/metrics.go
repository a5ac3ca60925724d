package main

import (
	"sync"
	"time"

	"github.com/gridrpc/gridc/examples/gen/storage"
)

// metrics counts what a disk does. The zero value is ready.
type metrics struct {
	mu  sync.Mutex
	now storage.DiskMetrics // guarded by mu
}

// begin notes the begin of an operation and returns what notes its end.
func (m *metrics) begin() (end func()) {
	began := time.Now()
	m.update(func(now *storage.DiskMetrics) { now.Waiting++ })
	return func() {
		took := time.Since(began)
		m.update(func(now *storage.DiskMetrics) {
			now.Waiting--
			now.Latency += (took - now.Latency) / 8 // moving average
		})
	}
}

func (m *metrics) read()    { m.update(func(now *storage.DiskMetrics) { now.LastRead = time.Now() }) }
func (m *metrics) wrote()   { m.update(func(now *storage.DiskMetrics) { now.Writes++ }) }
func (m *metrics) deleted() { m.update(func(now *storage.DiskMetrics) { now.Deletes++ }) }

func (m *metrics) update(change func(now *storage.DiskMetrics)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change(&m.now)
}

// snapshot returns a copy that the caller may keep.
func (m *metrics) snapshot() *storage.DiskMetrics {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now
	return &now
}
