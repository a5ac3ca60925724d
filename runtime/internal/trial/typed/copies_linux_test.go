package typed_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
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
				got, dials := countPlaces(t, caller, x.size)
				for what, n := range got {
					want := len(x.places)
					if dials == (what == "request") {
						want-- // the batch
					}
					if n != want {
						t.Errorf("the %s is in %d places, and not in %d of %q (the caller dials: %v)", what, n, want, x.places, dials)
					}
				}
			})
		}
	}
}

// countPlaces returns in how many places a request, a response and a message of a stream from the handler lie once
// they have come, and whether the caller dials. Each is the median of three, because now and then a reader moves the
// beginning of a batch.
func countPlaces(t *testing.T, caller, size int) (places map[string]int, dials bool) {
	t.Helper()
	nodes := trial.Cluster(t, 2, nil)
	found := make(map[string][]int)
	count := func(what string, mark []byte) { found[what] = append(found[what], placesOf(t, mark)) }
	var asked, sent []byte
	single := grid.NewSingleHandler(2, newParcel, newParcel, grid.WithTimeout(time.Minute))
	stream := grid.NewStreamingHandler(3, grid.NewNoPayload, grid.NewNoPayload, newParcel, grid.WithTimeout(time.Minute))
	err := nodes[1-caller].Register(single.Handle(func(context.Context, *parcel) (*parcel, error) {
		count("request", asked)
		return marked(size, sent), nil
	}), stream.Handle(func(_ context.Context, _ *grid.NoPayload, _ *grid.Receiver[*grid.NoPayload], out *grid.Sender[*parcel]) error {
		return out.Send(marked(size, sent))
	}))
	if err != nil {
		t.Fatal(err)
	}
	c := nodes[caller].Connection(fmt.Sprintf("node%d", 1-caller))
	for range 3 {
		asked, sent = newMark(), newMark()
		req := marked(size, asked)
		resp, err := single.Call(grid.WaitForReady(t.Context()), c, req)
		if err != nil {
			t.Fatal(err)
		}
		count("response", sent)
		sent = newMark()
		r, err := stream.OpenReceiver(t.Context(), c, grid.NewNoPayload())
		if err != nil {
			t.Fatal(err)
		}
		msg, err := r.Recv()
		if err != nil {
			t.Fatal(err)
		}
		count("message", sent)
		r.Close()
		if len(req.data) != size || len(resp.data) != size || len(msg.data) != size {
			t.Fatal(len(req.data), len(resp.data), len(msg.data))
		}
	}
	for _, p := range nodes[caller].Snapshot().Peers {
		if p.Session != nil {
			dials = p.Session.Dialer
		}
	}
	places = make(map[string]int)
	for what, all := range found {
		slices.Sort(all)
		places[what] = all[1]
	}
	return places, dials
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
