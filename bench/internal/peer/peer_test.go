package peer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// connect serves a peer on loopback and dials it.
func connectTo(t *testing.T, p Peer, flight int) (context.Context, Client) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	stop, err := p.Serve(ln)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	d, err := p.Dialer(ln.Addr().String(), flight)
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
	for _, p := range All() {
		for _, flight := range []int{1, 8} {
			t.Run(fmt.Sprintf("%s/%d", p.Name, flight), func(t *testing.T) {
				ctx, client := connectTo(t, p, flight)
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
	}
}

func TestStreamsArriveWhole(t *testing.T) {
	for _, p := range All() {
		if p.NoStreams {
			continue
		}
		for _, size := range []int{512, 64 << 10} {
			const count = 300
			t.Run(fmt.Sprintf("%s/%d/down", p.Name, size), func(t *testing.T) {
				ctx, client := connectTo(t, p, 1)
				st, err := client.Down(ctx, count, size)
				if err != nil {
					t.Fatal(err)
				}
				defer st.Close()
				receive(t, st, size, count)
			})
			t.Run(fmt.Sprintf("%s/%d/up", p.Name, size), func(t *testing.T) {
				ctx, client := connectTo(t, p, 1)
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
			t.Run(fmt.Sprintf("%s/%d/chat", p.Name, size), func(t *testing.T) {
				ctx, client := connectTo(t, p, 1)
				st, err := client.Chat(ctx)
				if err != nil {
					t.Fatal(err)
				}
				defer st.Close()
				var sender sync.WaitGroup
				sender.Go(func() {
					if err := errors.Join(sendItems(count, size, st.Send), st.CloseSend()); err != nil {
						t.Error(err)
					}
				})
				receive(t, st, size, count)
				sender.Wait()
			})
		}
	}
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
