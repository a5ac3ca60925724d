package typed_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// placesOf counts where in the memory of this process the bytes lie whose complements it is given. It
// looks through memory that the collector knows nothing of, so that what it reads is not found again.
func placesOf(t *testing.T, complements []byte) (n int) {
	t.Helper()
	const step = 1 << 20
	own, err := syscall.Mmap(-1, 0, 2*step, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Munmap(own)
	first := uint64(uintptr(unsafe.Pointer(unsafe.SliceData(own))))
	wanted, window := own[step:step+len(complements)], own[:step]
	for i, b := range complements {
		wanted[i] = ^b
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	mem, err := os.Open("/proc/self/mem")
	if err != nil {
		t.Skip(err) // a sandbox may forbid it
	}
	defer mem.Close()
	for lines := bufio.NewScanner(bytes.NewReader(maps)); lines.Scan(); {
		var from, to uint64
		var may string
		if _, err := fmt.Sscanf(lines.Text(), "%x-%x %s", &from, &to, &may); err != nil {
			t.Fatal(lines.Text(), err)
		}
		if !strings.HasPrefix(may, "rw") {
			continue
		}
		for at := from; at < to; at += step - uint64(len(wanted)) {
			got, _ := mem.ReadAt(window[:min(step, to-at)], int64(at)) // fits: memory of a process; what cannot be read is not the heap's
			for seen := window[:got]; ; n++ {
				i := bytes.Index(seen, wanted)
				if i < 0 {
					break
				}
				if place := at + uint64(got-len(seen)+i); place >= first && place < first+uint64(len(own)) {
					n--
				}
				seen = seen[i+1:]
			}
		}
	}
	return n
}

// A message is copied as often as CONTRIBUTING.md says, and no more: while one end has what the other has sent, its
// bytes are found in as many places of the process, which is both nodes. A batch that the dialer has sent is not
// found, because it is masked.
func TestCopiesOfAMessage(t *testing.T) {
	if trial.RaceDetector {
		t.Skip("the memory of the race detector is too large to look through")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // what is garbage stays where it is
	for _, x := range []struct {
		size   int
		places []string
	}{
		{64 << 10, []string{"the message", "encoded", "the batch", "the reader's buffer", "out of it", "the decoded message"}},
		{1 << 20, []string{"the message", "the batch", "the reader's buffer", "put together, which is the decoded message, too"}},
	} {
		for caller := range 2 {
			t.Run(fmt.Sprintf("%d/node%d calls", x.size, caller), func(t *testing.T) {
				seen := countCopies(t, caller, x.size, len(x.places))
				for what, n := range seen.places {
					if want := seen.wanted(what); n != want {
						t.Errorf("the %s is in %d places, and not in %d of %q (the caller dials: %v)", what, n, want, x.places, seen.dials())
					}
				}
			})
		}
	}
}

// copies counts the places of the messages between two nodes.
type copies struct {
	caller *grid.Manager
	all    int            // the places of a message whose batch is found
	places map[string]int // the least that were found of a request, a response and a message of the handler
}

// count looks for what has these complements. The least of some counts is kept, because a reader that has got a part
// of a batch moves its beginning, which happens to half of the messages while a machine is busy.
func (c *copies) count(t *testing.T, what string, complements []byte) {
	n := placesOf(t, complements)
	if least, ok := c.places[what]; !ok || n < least {
		c.places[what] = n
	}
}

// dials reports whether the caller has dialed.
func (c *copies) dials() bool {
	for _, p := range c.caller.Snapshot().Peers {
		if p.Session != nil && p.Session.Dialer {
			return true
		}
	}
	return false
}

// wanted returns how many places hold a request, a response or a message of the handler.
func (c *copies) wanted(what string) int {
	if c.dials() == (what == "request") {
		return c.all - 1 // the batch
	}
	return c.all
}

// found reports whether nothing has been found in more places than wanted.
func (c *copies) found() bool {
	for what, n := range c.places {
		if n > c.wanted(what) {
			return false
		}
	}
	return true
}

// countCopies sends messages from node to node until each kind was found where it is wanted, at least 3 times and at
// most 30.
func countCopies(t *testing.T, caller, size, all int) *copies {
	t.Helper()
	nodes := trial.Cluster(t, 2, nil)
	seen := &copies{caller: nodes[caller], all: all, places: make(map[string]int)}
	var asked, sent []byte
	single := grid.NewSingleHandler(2, newParcel, newParcel, grid.WithTimeout(time.Minute))
	stream := grid.NewStreamingHandler(3, grid.NewNoPayload, grid.NewNoPayload, newParcel, grid.WithTimeout(time.Minute))
	err := nodes[1-caller].Register(single.Handle(func(context.Context, *parcel) (*parcel, error) {
		seen.count(t, "request", asked)
		return marked(size, sent), nil
	}), stream.Handle(func(_ context.Context, _ *grid.NoPayload, _ *grid.Receiver[*grid.NoPayload], out *grid.Sender[*parcel]) error {
		return out.Send(marked(size, sent))
	}))
	if err != nil {
		t.Fatal(err)
	}
	c := nodes[caller].Connection(fmt.Sprintf("node%d", 1-caller))
	for i := 0; i < 3 || i < 30 && !seen.found(); i++ {
		asked, sent = newMark(), newMark()
		req := marked(size, asked)
		resp, err := single.Call(grid.WaitForReady(t.Context()), c, req)
		if err != nil {
			t.Fatal(err)
		}
		seen.count(t, "response", sent)
		sent = newMark()
		r, err := stream.OpenReceiver(t.Context(), c, grid.NewNoPayload())
		if err != nil {
			t.Fatal(err)
		}
		msg, err := r.Recv()
		if err != nil {
			t.Fatal(err)
		}
		seen.count(t, "message", sent)
		r.Close()
		if len(req.data) != size || len(resp.data) != size || len(msg.data) != size {
			t.Fatal(len(req.data), len(resp.data), len(msg.data))
		}
	}
	return seen
}

// newMark returns the complements of bytes that are found nowhere else.
func newMark() []byte {
	b := make([]byte, 32)
	rand.Read(b)
	return b
}

// marked returns a message that holds, close to its end, the bytes whose complements it is given. Neither the next
// chunk nor the next batch overwrites them there, and they are seldom in the part of a batch that is moved.
func marked(size int, complements []byte) *parcel {
	p := &parcel{data: make([]byte, size)}
	for i, b := range complements {
		p.data[size-2*len(complements)+i] = ^b
	}
	return p
}
