package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/gridrpc/gridc/docs/desk/gen/desk"
	grid "github.com/gridrpc/gridc/runtime"
)

// visitor is who waits: a ticket, and the page that drew it.
type visitor struct {
	number uint32
	page   string
}

// deskServer implements desk.DeskServer.
type deskServer struct {
	desk.UnimplementedDeskServer

	mu      sync.Mutex
	last    uint32
	waiting []visitor
	changed chan struct{} // closed at the next change
}

func newDesk() *deskServer { return &deskServer{changed: make(chan struct{})} }

// Take implements desk.DeskServer.
func (d *deskServer) Take(ctx context.Context, req *desk.Visitor) (*desk.Ticket, error) {
	if req.Name == "" {
		return nil, &desk.Closed{Opens: "when you say your name"}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.last++
	d.waiting = append(d.waiting, visitor{d.last, grid.GetCaller(ctx)})
	d.changeLocked()
	return &desk.Ticket{Number: d.last}, nil
}

// Watch implements desk.DeskServer. It ends when the page leaves, or either end shuts down.
func (d *deskServer) Watch(ctx context.Context, out *grid.Sender[*desk.Queue]) error {
	for {
		d.mu.Lock()
		queue, changed := &desk.Queue{Waiting: uint32(len(d.waiting))}, d.changed // fits: a queue of people
		d.mu.Unlock()
		if err := out.Send(queue); err != nil {
			return err
		}
		select {
		case <-changed:
		case <-out.Draining():
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (d *deskServer) changeLocked() {
	close(d.changed)
	d.changed = make(chan struct{})
}

// next takes the first visitor out of the queue.
func (d *deskServer) next() (v visitor, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.waiting) == 0 {
		return visitor{}, false
	}
	v, d.waiting = d.waiting[0], d.waiting[1:]
	d.changeLocked()
	return v, true
}

// callEach calls one page after the other.
func (d *deskServer) callEach(ctx context.Context, m *grid.Manager, each time.Duration) {
	for tick := time.NewTicker(each); ; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			tick.Stop()
			return
		}
		if v, ok := d.next(); ok {
			fmt.Println(callPage(ctx, m, v))
		}
	}
}

// callPage tells a page that it is its visitor's turn.
func callPage(ctx context.Context, m *grid.Manager, v visitor) string {
	page := desk.NewPageClient(m.Connection(v.page))
	answer, err := page.Call(ctx, &desk.Turn{Number: v.number, Counter: "counter 2"})
	switch {
	case err != nil:
		return fmt.Sprintf("%d does not answer: %v", v.number, err)
	case answer.Coming:
		return fmt.Sprintf("%d is coming", v.number)
	}
	return fmt.Sprintf("%d has changed his mind", v.number)
}
