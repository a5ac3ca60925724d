package sim

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/gridrpc/gridc/runtime/internal/memconn"
)

var (
	longFlag = flag.Bool("long", false, "torture at every byte and every operation, not at some")
	onlyFlag = flag.String("only", "", "torture in this one way, as a failure names it")
)

// The ways in which a connection is cut.
const (
	byFIN     = "fin"
	byRST     = "rst"
	bySilence = "silence"
)

// cutter is something in the middle of a connection that cuts it after a number
// of bytes in one direction.
type cutter struct {
	up    bool  // counts what the dialer sends; else what the acceptor sends
	after int64 // negative: never
	how   string

	mu     sync.Mutex
	sides  [2]*memconn.Conn
	cut    bool
	passed [2]int64 // bytes, up and down
	moving sync.WaitGroup
}

// put goes between a dialer and its connection.
func (c *cutter) put(conn net.Conn) net.Conn {
	near, far := memconn.Pair(memconn.Options{})
	c.sides = [2]*memconn.Conn{far, conn.(*memconn.Conn)}
	c.moving.Go(func() { c.move(0) })
	c.moving.Go(func() { c.move(1) })
	return near
}

// move moves bytes up (0) or down (1) until an end or the cut.
func (c *cutter) move(direction int) {
	from, to := c.sides[direction], c.sides[1-direction]
	buf := make([]byte, 32<<10)
	mine := c.after >= 0 && c.up == (direction == 0)
	if mine && c.after == 0 {
		c.sever()
	}
	for {
		n, err := from.Read(buf)
		c.mu.Lock()
		if c.cut {
			c.mu.Unlock()
			return
		}
		severed := false
		if left := c.after - c.passed[direction]; mine && int64(n) >= left {
			n, severed = int(left), true
		}
		c.passed[direction] += int64(n)
		c.mu.Unlock()
		if n > 0 {
			if _, werr := to.Write(buf[:n]); werr != nil {
				err = werr
			}
		}
		if severed {
			c.sever()
			return
		}
		if err != nil {
			from.Close()
			to.Close()
			return
		}
	}
}

func (c *cutter) sever() {
	c.mu.Lock()
	c.cut = true
	c.mu.Unlock()
	for _, side := range c.sides {
		switch c.how {
		case byFIN:
			side.Close()
		case byRST:
			side.Reset()
		}
	}
}

// done reports whether the cut was made.
func (c *cutter) done() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cut
}

// end lets go of a silent connection.
func (c *cutter) end() {
	for _, side := range c.sides {
		if side != nil {
			side.Close()
		}
	}
	c.moving.Wait()
}

func (c *cutter) String() string {
	direction := "down"
	if c.up {
		direction = "up"
	}
	return fmt.Sprintf("%s,%s,%d", direction, c.how, c.after)
}

// torture performs the script with a cutter in the middle.
func (c *cutter) torture(t *testing.T, wire Wire, large bool) (h *History) {
	synctest.Test(t, func(t *testing.T) {
		w := wiring{dialed: c.put}
		if c.after >= 0 {
			w.struck = c.done
		}
		h = perform(script(wire, large), w)
		c.end()
	})
	return h
}

// measured is how many bytes pass in each direction if nothing is cut. That run
// also proves that the script is what it should be.
func measured(t *testing.T, wire Wire, large bool) [2]int64 {
	t.Helper()
	c := &cutter{after: -1}
	h := c.torture(t, wire, large)
	sound(t, h, "without a cut")
	for _, call := range h.Calls {
		if f := call.Failure; f != nil && call.Does != Fails && call.Does != Panics && call.Does != Hangs {
			t.Errorf("without a cut: call %d: %s", call.ID, f.Text)
		}
	}
	for _, st := range h.Streams {
		if !st.EOF && !st.Left && st.Does == Answers && st.LeaveAfter == 0 {
			t.Errorf("without a cut: stream %d of shape %d: %v", st.ID, st.Shape, st.Failure)
		}
	}
	return c.passed
}

// TestTortureCut cuts the canonical session after every byte in each direction:
// as the end of the connection, as a reset, and as silence. P1 to P4 and P7 to
// P10 hold, and afterwards the nodes find each other again. By default it does so
// at some bytes, drawn anew in each run.
func TestTortureCut(t *testing.T) {
	for name, test := range map[string]struct {
		wire  Wire
		large bool
		some  int   // cuts by default
		step  int64 // bytes between cuts with -long
	}{
		"small":          {Plain, false, 800, 1},
		"large":          {Plain, true, 100, 1009},
		"small over TLS": {TLS, false, 200, 1},
		"large over TLS": {TLS, true, 50, 1009},
	} {
		t.Run(name, func(t *testing.T) {
			total := measured(t, test.wire, test.large)
			t.Logf("the session has %d bytes up and %d down", total[0], total[1])
			var work []*cutter
			for direction, n := range total {
				for _, how := range []string{byFIN, byRST, bySilence} {
					for at := int64(0); at <= n; at += test.step {
						work = append(work, &cutter{up: direction == 0, after: at, how: how})
					}
				}
			}
			var made atomic.Int64
			n := spread(t, work, test.some, func(t *testing.T, c *cutter) {
				defer func() {
					if c.done() {
						made.Add(1)
					}
				}()
				sound(t, c.torture(t, test.wire, test.large), fmt.Sprintf("go test ./runtime/internal/sim -run 'TestTortureCut/%s' -only %s", name, c))
			})
			t.Logf("%d sessions, %d cuts made", n, made.Load())
		})
	}
}

// spread does all of the work with -long, that which -only names, or else a
// random part; a worker a processor.
func spread[T fmt.Stringer](t *testing.T, work []T, some int, do func(*testing.T, T)) int64 {
	rand.Shuffle(len(work), func(i, j int) { work[i], work[j] = work[j], work[i] })
	if *onlyFlag == "" && !*longFlag {
		work = work[:min(some/slowdown, len(work))]
	}
	var next, done atomic.Int64
	t.Run("part", func(t *testing.T) {
		for range workers {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				for i := next.Add(1) - 1; i < int64(len(work)) && !t.Failed(); i = next.Add(1) - 1 {
					if *onlyFlag == "" || work[i].String() == *onlyFlag {
						do(t, work[i])
						done.Add(1)
					}
				}
			})
		}
	})
	return done.Load()
}
