package grid

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

type clusterNode struct {
	*Manager
	ln  net.Listener
	srv *http.Server
}

// cluster starts n nodes on loopback that know each other.
func cluster(t testing.TB, n int, change func(o *Options)) []*clusterNode {
	t.Helper()
	nodes := make([]*clusterNode, n)
	var peers []Peer
	for i := range nodes {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		nodes[i] = &clusterNode{ln: ln}
		peers = append(peers, Peer{Name: fmt.Sprintf("node%d", i), Address: ln.Addr().String()})
	}
	for i := range nodes {
		o := Options{Name: peers[i].Name, Peers: peers, Auth: SharedKey([]byte("0123456789abcdef"))}
		if change != nil {
			change(&o)
		}
		m, err := NewManager(o)
		if err != nil {
			t.Fatal(err)
		}
		nodes[i].Manager = m
		mux := http.NewServeMux()
		mux.Handle(DefaultPath, m.Handler())
		nodes[i].srv = &http.Server{Handler: mux}
		go nodes[i].srv.Serve(nodes[i].ln)
	}
	t.Cleanup(func() {
		for _, x := range nodes {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			x.Shutdown(ctx)
			cancel()
			x.srv.Close()
		}
	})
	return nodes
}

func TestSmoke(t *testing.T) {
	nodes := cluster(t, 2, nil)
	a, b := nodes[0], nodes[1]
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	echo := func(ctx context.Context, p []byte) ([]byte, error) { return p, nil }
	for _, x := range nodes {
		if err := x.RegisterSingleHandler(1, echo); err != nil {
			t.Fatal(err)
		}
		if err := x.RegisterStreamingHandler(2, StreamHandler{InCapacity: 4, OutCapacity: 4, Handle: func(ctx context.Context, p []byte, in <-chan []byte, out chan<- []byte) error {
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
	for _, c := range []*Connection{a.Connection("node1"), b.Connection("node0"), a.Connection("node0")} {
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
		if _, err := c.Request(ctx, 9, nil); !errors.Is(err, ErrUnknownHandler) || OutcomeOf(err) != NotSent {
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
	_ = io.EOF
}

func BenchmarkEcho(b *testing.B) {
	nodes := cluster(b, 2, nil)
	for _, x := range nodes {
		x.RegisterSingleHandler(1, func(ctx context.Context, p []byte) ([]byte, error) { return p, nil })
	}
	time.Sleep(300 * time.Millisecond)
	c := nodes[0].Connection("node1")
	if err := c.WaitConnected(context.Background()); err != nil {
		b.Fatal(err)
	}
	payload := make([]byte, 512)
	for _, par := range []int{1, 16, 256} {
		b.Run(fmt.Sprint(par), func(b *testing.B) {
			b.ReportAllocs()
			var wg sync.WaitGroup
			for range par {
				wg.Go(func() {
					for range b.N / par {
						r, err := c.Request(context.Background(), 1, payload)
						if err != nil {
							b.Error(err)
							return
						}
						c.m.node.Buffers.Put(r)
					}
				})
			}
			wg.Wait()
		})
	}
}
