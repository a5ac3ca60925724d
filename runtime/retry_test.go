package grid

import (
	"context"
	"testing"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/mux/calls"
)

// An idempotent call whose connection is lost under way is made again on the
// next session, and not on the one that is ending: however long that takes.
func TestRetryWaitsForTheNextSession(t *testing.T) {
	nodes := cluster(t, 2, nil)
	caller, server := nodes[0], nodes[1]
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	called := make(chan int, 2)
	err := server.RegisterSingleHandler(1, func(ctx context.Context, _ []byte) ([]byte, error) {
		called <- 1
		if len(called) == 1 {
			<-ctx.Done()
		}
		return []byte("again"), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	conn := caller.Connection(server.Name())
	if err := conn.WaitConnected(ctx); err != nil {
		t.Fatal(err)
	}
	type result struct {
		reply []byte
		err   error
	}
	out := make(chan result, 1)
	go func() {
		reply, err := conn.request(ctx, 1, calls.Options{Retry: true}, nil)
		out <- result{reply, err}
	}()
	for len(called) == 0 {
		time.Sleep(time.Millisecond)
	}

	caller.sessions.Mu.Lock() // holds up the end of the session, after the calls were failed
	conn.live.Load().Raw.Close()
	select {
	case got := <-out:
		t.Errorf("while the session ends: %q, %v", got.reply, got.err)
		caller.sessions.Mu.Unlock()
		return
	case <-time.After(100 * time.Millisecond):
	}
	caller.sessions.Mu.Unlock()
	if got := <-out; got.err != nil || string(got.reply) != "again" {
		t.Errorf("got %q, %v", got.reply, got.err)
	}
}
