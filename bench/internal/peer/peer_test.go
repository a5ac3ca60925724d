package peer

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is how long anything may take on a machine that is busy with much else.
const patience = time.Minute

// connectTo serves a peer on loopback and dials it, over TLS if need be.
func connectTo(t *testing.T, p Peer, flight int, secure bool) (context.Context, Client) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	to := Target{Address: ln.Addr().String(), Flight: flight}
	var identity *tls.Config
	if secure {
		var certificate []byte
		if identity, certificate, err = NewIdentity(); err != nil {
			t.Fatal(err)
		}
		if to.TLS, err = Trust(certificate); err != nil {
			t.Fatal(err)
		}
	}
	stop, err := p.Serve(ln, identity)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	d, err := p.Dialer(to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	c, err := d.Dial(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return ctx, c
}

func TestCallsComeBack(t *testing.T) {
	eachTransport(t, func(t *testing.T, p Peer, secure bool) {
		for _, flight := range []int{1, 8} {
			t.Run(fmt.Sprint(flight), func(t *testing.T) {
				ctx, client := connectTo(t, p, flight, secure)
				var workers sync.WaitGroup
				for worker := range flight {
					workers.Go(func() {
						for _, size := range []int{0, 1, 512, 70_000, 1 << 20} {
							call := Call{Text: fmt.Sprint("worker ", worker), Data: Payload(size)}
							Stamp(call.Data, uint64(worker))
							if err := errors.Join(client.Echo(ctx, &call), call.Check()); err != nil {
								t.Errorf("%d bytes: %v", size, err)
							}
						}
					})
				}
				workers.Wait()
			})
		}
	})
}

// eachTransport runs a test for every peer, plain and over TLS.
func eachTransport(t *testing.T, test func(t *testing.T, p Peer, secure bool)) {
	for _, p := range All() {
		t.Run(p.Name, func(t *testing.T) { test(t, p, false) })
		t.Run(p.Name+"/tls", func(t *testing.T) { test(t, p, true) })
	}
}

func TestStreamsArriveWhole(t *testing.T) {
	eachTransport(t, func(t *testing.T, p Peer, secure bool) {
		if p.NoStreams {
			t.Skip("it has no streams")
		}
		for _, size := range []int{512, 64 << 10} {
			const count = 300
			t.Run(fmt.Sprintf("%d/down", size), func(t *testing.T) {
				ctx, client := connectTo(t, p, 1, secure)
				st, err := client.Down(ctx, count, size)
				if err != nil {
					t.Fatal(err)
				}
				defer st.Close()
				receive(t, st, size, count)
			})
			t.Run(fmt.Sprintf("%d/up", size), func(t *testing.T) {
				ctx, client := connectTo(t, p, 1, secure)
				st, err := client.Up(ctx)
				if err != nil {
					t.Fatal(err)
				}
				for range count {
					if err := st.Send(Payload(size)); err != nil {
						t.Fatal(err)
					}
				}
				n, bytes, err := st.Finish()
				if err != nil || n != count || bytes != uint64(count*size) {
					t.Errorf("the server counted %d items of %d bytes, %v", n, bytes, err)
				}
			})
			t.Run(fmt.Sprintf("%d/chat", size), func(t *testing.T) {
				ctx, client := connectTo(t, p, 1, secure)
				st, err := client.Chat(ctx)
				if err != nil {
					t.Fatal(err)
				}
				var sender sync.WaitGroup
				defer sender.Wait() // which the end of the stream frees
				defer st.Close()
				sender.Go(func() {
					if err := errors.Join(sendItems(count, size, st.Send), st.CloseSend()); err != nil {
						t.Error(err)
					}
				})
				receive(t, st, size, count)
			})
		}
	})
}

// A peer that ignored how it is to connect would be measured without TLS.
func TestNobodyConnectsWithoutTLS(t *testing.T) {
	secure, certificate, err := NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	_, other, err := NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	for name, trusted := range map[string][]byte{"plain": nil, "other": other, "right": certificate} {
		to := Target{Flight: 1}
		if trusted != nil {
			if to.TLS, err = Trust(trusted); err != nil {
				t.Fatal(err)
			}
		}
		for _, p := range All() {
			t.Run(name+"/"+p.Name, func(t *testing.T) {
				limit := patience
				if name != "right" {
					limit = 300 * time.Millisecond // some try again and again
				}
				if err := callOnce(t, p, secure, to, limit); (err == nil) != (name == "right") {
					t.Errorf("the call ends with %v", err)
				}
			})
		}
	}
}

// callOnce makes a call, which may not take longer than limit.
func callOnce(t *testing.T, p Peer, secure *tls.Config, to Target, limit time.Duration) error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	stop, err := p.Serve(ln, secure)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	to.Address = ln.Addr().String()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	d, err := p.Dialer(to)
	if err != nil {
		return err
	}
	defer d.Close()
	c, err := d.Dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	return c.Echo(ctx, &Call{Text: "a", Data: []byte("b")})
}

// receive expects count items, and then the end.
func receive(t *testing.T, st Receiver, size, count int) {
	t.Helper()
	check := NewChecker(size)
	for {
		data, err := st.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err := errors.Join(err, check.Check(data)); err != nil {
			t.Fatal(err)
		}
	}
	if check.Count() != uint64(count) {
		t.Errorf("%d items arrived of %d", check.Count(), count)
	}
}

func TestChecksFindWhatIsWrong(t *testing.T) {
	call := Call{Text: "a", Data: []byte("b"), GotText: "x", GotData: []byte("b")}
	if err := call.Check(); err == nil || !strings.Contains(err.Error(), "text") {
		t.Errorf("another text passes: %v", err)
	}
	call.GotText, call.GotData = "a", []byte("c")
	if call.Check() == nil {
		t.Error("other bytes pass")
	}
	check := NewChecker(16)
	swapped := Payload(16)
	Stamp(swapped, 1)
	if check.Check(swapped) == nil {
		t.Error("the second message passes as the first")
	}
	Stamp(swapped, 0)
	if err := check.Check(swapped); err != nil {
		t.Error(err)
	}
}

// Every node calls every other one, and itself not.
func TestNodesOfAClusterCallEachOther(t *testing.T) {
	eachTransport(t, func(t *testing.T, p Peer, secure bool) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		cluster, err := NewCluster(p, secure)
		if err != nil {
			t.Fatal(err)
		}
		var nodes []Node
		for i := range 3 {
			n, err := cluster.Start(fmt.Sprint("node", i))
			if err != nil {
				t.Fatal(err)
			}
			defer n.Close()
			nodes = append(nodes, n)
		}
		for i, from := range nodes {
			for k, to := range nodes {
				if i == k {
					continue
				}
				c, err := from.Connect(ctx, to, 1)
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				call := Call{Text: fmt.Sprint(i, " to ", k), Data: Payload(100)}
				if err := errors.Join(c.Echo(ctx, &call), call.Check()); err != nil {
					t.Error(err)
				}
			}
		}
	})
}
