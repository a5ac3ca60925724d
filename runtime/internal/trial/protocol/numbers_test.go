package protocol_test

import (
	"fmt"
	"math"
	"testing"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/peer"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// wideNumbers are those that an int of 32 bits does not hold: as one they are
// negative, nothing, or a little.
var wideNumbers = []uint64{1 << 31, 1<<32 - 1, 1 << 32, 1<<32 + 100_000, 1<<40 + 1, 1 << 63, math.MaxUint64}

// PROTOCOL.md: "A message limit that is more than a sender can count is, for that sender, the largest message that it can count."
func TestPeersWithWideLimits(t *testing.T) {
	for _, n := range wideNumbers {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			x := trial.StartTarget(t, nil)
			h := peer.NewHello("probe", "target")
			h[peer.TagMessage], h[peer.TagBulk], h[peer.TagWindow] = peer.Uvarint(n), peer.Uvarint(n), peer.Uvarint(n)
			s := x.SessionOf(t, h)
			trial.SessionAlive(t, s, 1)
			takeBulk(t, s, 2)
			trial.SendFrames(t, s, peer.NewFrame(peer.Routes, 0, peer.Route(0, 60, "", 0, 0, 0)), peer.NewFrame(peer.Ping, 1))
			trial.ExpectFrame(t, s, peer.Pong)
			answer := trial.Begin(t.Context(), x.Connection("probe"), 60, []byte("small"))
			call := trial.ExpectFrame(t, s, peer.Call)
			trial.SendFrames(t, s, peer.NewFrame(peer.Reply, call.Uvarint(), 0, []byte("taken")))
			if got := trial.Await(t, "the answer", answer); got.Err != nil || string(got.Reply) != "taken" {
				t.Errorf("%q, %v", got.Reply, got.Err)
			}
		})
	}
}

// takeBulk calls for an answer that travels in chunks, and takes all of it.
func takeBulk(t *testing.T, s *peer.Session, id int) {
	t.Helper()
	trial.SendFrames(t, s, trial.CallFrame(id, trial.RouteBulk))
	reply := trial.ExpectFrame(t, s, peer.Reply)
	if got, flags, size := reply.Uvarint(), reply.Uvarint(), reply.Uvarint(); got != uint64(id) || flags != 1 || size != 128<<10 {
		t.Fatalf("answer %d, flags %d, size %d", got, flags, size)
	}
	trial.SendFrames(t, s, peer.NewFrame(peer.Credit, 6, id, 0, 0))
	for got := 0; got < 128<<10; {
		f := trial.ExpectFrame(t, s, peer.Chunk)
		if f.Uvarint() != 2 || f.Uvarint() != uint64(id) || len(f.Body) == 0 {
			t.Fatal("not a chunk of the answer")
		}
		got += len(f.Body)
	}
}

// A size whose lower half is small is no small size, in each kind of message.
func TestAnnouncedSizesOf64Bits(t *testing.T) {
	for _, n := range wideNumbers {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			x := trial.StartTarget(t, nil)
			s := x.Session(t, "probe")
			for _, c := range []struct {
				frame  []byte
				answer byte
				want   string
			}{
				{peer.NewFrame(peer.Call, 1, trial.RouteEcho, 0, 1, n), peer.Error, "2 too_large"},
				{peer.NewFrame(peer.Open, 1, trial.RouteStream, 0, 4, 1, n), peer.End, "2 too_large"},
				{append(peer.NewFrame(peer.Open, 3, trial.RouteStream, 0, 4, 0), peer.NewFrame(peer.Message, 3, 1, n)...), peer.End, "3 too_large"},
				{trial.CallFrame(2, 99), peer.Error, "2 unknown_handler"},
			} {
				trial.SendFrames(t, s, c.frame)
				f := trial.ExpectFrame(t, s, c.answer)
				f.Uvarint()
				if c.answer == peer.End && f.Uvarint() != 1 {
					t.Error("status is not failure")
				}
				if got := trial.FailureOf(f); got != c.want {
					t.Errorf("%q, want %q", got, c.want)
				}
			}
			trial.SessionAlive(t, s, 4)
		})
	}
}

// PROTOCOL.md: "The receiver grants in order of arrival, when all reassembly buffers of the session, this one included, are at most 64 MiB."
// Where the limit is the largest int, what is granted and what is not may be more.
func TestGrantsUpToTheLargestInt(t *testing.T) {
	x := trial.StartTarget(t, func(o *grid.Options) { o.Limits.Message, o.Limits.Reassembly = math.MaxInt, math.MaxInt })
	s := x.Session(t, "probe")
	const size = uint64(math.MaxInt - 100<<10)
	trial.SendFrames(t, s, peer.NewFrame(peer.Call, 1, trial.RouteEcho, 0, 1, size), peer.NewFrame(peer.Call, 2, trial.RouteEcho, 0, 1, size))
	if f := trial.ExpectFrame(t, s, peer.Credit); f.Uvarint() != 5 || f.Uvarint() != 1 {
		t.Fatal("not the grant of the first")
	}
	trial.SendFrames(t, s, peer.NewFrame(peer.Ping, 1))
	for f := expectAny(t, s); f.Kind != peer.Pong; f = expectAny(t, s) {
		if f.Kind == peer.Credit && f.Uvarint() == 5 {
			t.Fatal("both are granted")
		}
	}
	trial.SendFrames(t, s, peer.NewFrame(peer.Reset, 1, 1, "canceled"))
	if f := trial.ExpectFrame(t, s, peer.Credit); f.Uvarint() != 5 || f.Uvarint() != 2 {
		t.Error("not the grant of the second, once the first was given up")
	}
}
