package calls_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// Calls and streams of all sizes, over loopback, in each direction and with oneself.
func TestSmoke(t *testing.T) {
	nodes := trial.Cluster(t, 2, nil)
	a, b := nodes[0], nodes[1]
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	echo := func(ctx context.Context, p []byte) ([]byte, error) { return p, nil }
	for _, x := range nodes {
		if err := x.RegisterSingleHandler(1, echo); err != nil {
			t.Fatal(err)
		}
		if err := x.RegisterStreamingHandler(2, grid.StreamHandler{InCapacity: 4, OutCapacity: 4, Handle: func(ctx context.Context, p []byte, in <-chan []byte, out chan<- []byte) error {
			for {
				select {
				case m, ok := <-in:
					if !ok {
						return nil
					}
					out <- m
				case <-ctx.Done():
					return ctx.Err()
				}
			}
		}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []*grid.Connection{a.Connection("node1"), b.Connection("node0"), a.Connection("node0")} {
		if err := c.WaitConnected(ctx); err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{0, 1, 500, 64 << 10, 72 << 10, 72<<10 + 1, 1 << 20, 16 << 20} {
			want := bytes.Repeat([]byte{byte(n)}, n)
			got, err := c.Request(ctx, 1, want)
			if err != nil || !bytes.Equal(got, want) {
				t.Fatal(n, len(got), err)
			}
		}
		st, err := c.NewStream(ctx, 2, nil)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for i := range 100 {
				st.Requests <- bytes.Repeat([]byte{byte(i)}, i*2000)
			}
			close(st.Requests)
		}()
		n := 0
		if err := st.Results(func(m []byte) error {
			if len(m) != n*2000 {
				t.Error(n, len(m))
			}
			n++
			return nil
		}); err != nil || n != 100 {
			t.Fatal(err, n)
		}
		if _, err := c.Request(ctx, 9, nil); !errors.Is(err, grid.ErrUnknownHandler) || grid.OutcomeOf(err) != grid.NotSent {
			t.Fatal(err)
		}
	}
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for i := range 500 {
				msg := []byte(fmt.Sprint(i))
				got, err := a.Connection("node1").Request(context.Background(), 1, msg)
				if err != nil || string(got) != string(msg) {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}
