package lsp

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/wire"
)

// maxQueued is how many messages wait; an editor that sends faster waits in turn.
const maxQueued = 1024

// maxQueuedBytes is how many bytes they have, but for one message more.
const maxQueuedBytes = 64 << 20

// queue is the messages that were read and not yet dealt with.
type queue struct {
	mu       sync.Mutex
	changed  *sync.Cond
	waiting  []queued
	bytes    int
	requests map[string]context.CancelFunc // of requests that wait or run, by id
	end      error                         // why no more messages come; nil while they do
	stopped  bool                          // nobody takes any more
}

// queued is a message, or what was wrong with one.
type queued struct {
	message *wire.Message
	err     *wire.Error
	ctx     context.Context
	size    int
}

func newQueue() *queue {
	q := &queue{requests: map[string]context.CancelFunc{}}
	q.changed = sync.NewCond(&q.mu)
	return q
}

// read puts messages into the queue until there are none any more.
func (q *queue) read(r *wire.Reader) {
	for {
		body, err := r.Read()
		var item queued
		if broken, ok := errors.AsType[*wire.BrokenError](err); ok {
			item.err = &wire.Error{Code: wire.ParseError, Message: broken.Reason}
		} else if err != nil {
			q.finish(err)
			return
		} else if item.message, err = wire.Parse(body); err != nil {
			item.err, _ = errors.AsType[*wire.Error](err)
		}
		item.size = len(body)
		if !q.put(item) {
			return
		}
	}
}

// put appends a message; a cancellation takes effect at once. It is false when nobody
// takes messages any more.
func (q *queue) put(item queued) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if m := item.message; m != nil && m.Method == "$/cancelRequest" {
		q.cancelLocked(m.Params)
		return !q.stopped
	}
	for !q.stopped && len(q.waiting) > 0 && (len(q.waiting) >= maxQueued || q.bytes+item.size > maxQueuedBytes) {
		q.changed.Wait()
	}
	item.ctx = context.Background()
	if m := item.message; m != nil && m.IsRequest() {
		ctx, cancel := context.WithCancel(item.ctx)
		item.ctx, q.requests[string(m.ID)] = ctx, cancel
	}
	q.waiting = append(q.waiting, item)
	q.bytes += item.size
	q.changed.Broadcast()
	return !q.stopped
}

func (q *queue) cancelLocked(params json.RawMessage) {
	var cancelled struct {
		ID json.RawMessage `json:"id"`
	}
	if json.Unmarshal(params, &cancelled) == nil && q.requests[string(cancelled.ID)] != nil {
		q.requests[string(cancelled.ID)]()
	}
}

// pause waits until a message is there, or the end, or some time has passed, and reports
// whether it was the time.
func (q *queue) pause(d time.Duration) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	passed := false
	timer := time.AfterFunc(d, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		passed = true
		q.changed.Broadcast()
	})
	defer timer.Stop()
	for len(q.waiting) == 0 && q.end == nil && !passed {
		q.changed.Wait()
	}
	return len(q.waiting) == 0
}

// next takes the next message, after waiting for it; ok is false at the end.
func (q *queue) next() (item queued, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.waiting) == 0 && q.end == nil {
		q.changed.Wait()
	}
	if len(q.waiting) == 0 {
		return queued{}, false
	}
	item = q.waiting[0]
	q.waiting[0] = queued{}
	q.waiting = q.waiting[1:]
	q.bytes -= item.size
	q.changed.Broadcast()
	return item, true
}

// answered forgets a request.
func (q *queue) answered(id json.RawMessage) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if cancel := q.requests[string(id)]; cancel != nil {
		cancel()
		delete(q.requests, string(id))
	}
}

// finish says that no more messages come; stop, that nobody takes any.
func (q *queue) finish(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.end = err
	q.changed.Broadcast()
}

func (q *queue) stop() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.stopped = true
	q.changed.Broadcast()
}
