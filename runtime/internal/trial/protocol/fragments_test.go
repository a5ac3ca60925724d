package protocol_test

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/peer"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// inFragments writes one batch in fragments of n bytes.
func inFragments(t *testing.T, s *peer.Session, n int, frames ...[]byte) {
	t.Helper()
	batch, op := s.Batch(frames...), byte(peer.OpBinary)
	var script []byte
	for len(batch) > n {
		script = append(script, s.Fragment(op, batch[:n])...)
		batch, op = batch[n:], peer.OpContinuation
	}
	if _, err := s.Conn.Write(append(script, s.Message(peer.OpContinuation, batch)...)); err != nil {
		t.Fatal(err)
	}
}

// PROTOCOL.md: "An acceptor joins the fragments of a message"
func TestFragmentsAreOneBatch(t *testing.T) {
	s := trial.StartTarget(t, nil).Session(t, "probe")
	for id, size := range []int{100, 4_000, 70_000} {
		payload := bytes.Repeat([]byte{byte('a' + id)}, size)
		inFragments(t, s, 1+size/3, peer.NewFrame(peer.Call, id, trial.RouteEcho, 0, 0, payload))
		f := trial.ExpectFrame(t, s, peer.Reply)
		if got, flags := f.Uvarint(), f.Uvarint(); got != uint64(id) || flags != 0 || !bytes.Equal(f.Body, payload) {
			t.Errorf("answer to call %d: id %d, flags %d, %d bytes", id, got, flags, len(f.Body))
		}
	}
}

// PROTOCOL.md: "Pings, pongs and a close frame may stand between fragments."
func TestFragmentsAroundControlFrames(t *testing.T) {
	s := trial.StartTarget(t, nil).Session(t, "probe")
	batch := s.Batch(trial.CallFrame(1, trial.RouteEcho))
	for _, b := range [][]byte{s.Fragment(peer.OpBinary, batch[:3]), s.Message(peer.OpPing, []byte("between")), s.Message(peer.OpPong, nil)} {
		if _, err := s.Conn.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	if f := trial.ExpectFrame(t, s, 0); string(f.Body) != "between" {
		t.Errorf("pong of %q", f.Body)
	}
	if err := s.Write(peer.OpContinuation, batch[3:]); err != nil {
		t.Fatal(err)
	}
	trial.ExpectFrame(t, s, peer.Reply)
	if _, err := s.Conn.Write(append(s.Fragment(peer.OpBinary, []byte{1}), s.Message(peer.OpClose, []byte("\x03\xe8bye"))...)); err != nil {
		t.Fatal(err)
	}
	trial.SessionGone(t, s)
}

// The hello may come in fragments, too.
func TestFragmentsOfTheHandshake(t *testing.T) {
	x := trial.StartTarget(t, nil)
	socket, err := peer.UpgradeDialer(x.Conn(t))
	if err != nil {
		t.Fatal(err)
	}
	hello := peer.NewHello("probe", "target").Bytes()
	if _, err := socket.Conn.Write(append(socket.Fragment(peer.OpBinary, hello[:5]), socket.Message(peer.OpContinuation, hello[5:])...)); err != nil {
		t.Fatal(err)
	}
	if _, err := socket.ReadHandshake(peer.KindHello); err != nil {
		t.Error(err)
	}
}

// PROTOCOL.md: "So does one whose fragments have not all come 20 s after the first."
func TestFragmentsThatNeverEnd(t *testing.T) {
	trial.UnderAttack(t, nil, func(t *testing.T, a *trial.Arena) {
		s := a.Session(t, "probe")
		go trial.Discard(s)
		send := func(b []byte) bool {
			_, err := s.Conn.Write(b)
			return err == nil
		}
		began := time.Now()
		send(s.Fragment(peer.OpBinary, make([]byte, 262_000)))
		synctest.Wait()
		for send(append(s.Message(peer.OpPong, nil), s.Fragment(peer.OpContinuation, []byte{0})...)) && time.Since(began) < time.Minute {
			time.Sleep(time.Second) // signs of life, so that only the bound can end it
			a.Bounded(t, 2<<20, 4)
		}
		if took := time.Since(began); took < 20*time.Second || took > 25*time.Second {
			t.Errorf("closed after %v", took)
		}
		a.Log.Await(t, "disconnected", "probe", "fragments have not all come within 20s")
	})
}

// A message that comes slowly, but in time, is as good as any.
func TestFragmentsThatComeSlowly(t *testing.T) {
	trial.UnderAttack(t, nil, func(t *testing.T, a *trial.Arena) {
		s := a.Session(t, "probe")
		batch, op := s.Batch(trial.CallFrame(1, trial.RouteEcho)), byte(peer.OpBinary)
		for i := range 12 {
			if _, err := s.Conn.Write(s.Fragment(op, batch[i:i+1])); err != nil {
				t.Fatal(err)
			}
			op = peer.OpContinuation
			time.Sleep(time.Second)
		}
		if err := s.Write(op, batch[12:]); err != nil {
			t.Fatal(err)
		}
		trial.ExpectFrame(t, s, peer.Reply)
	})
}
