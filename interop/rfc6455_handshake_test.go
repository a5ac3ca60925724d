package interop_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/gridrpc/gridc/interop/stranger"
)

// hellos are rows of frames that come where the hello is due. All of them end
// the handshake with code 1008.
func hellos() []frames {
	failed := verdict{code: 1008}
	return []frames{
		one("text", failed, rawFrame{opcode: opText, payload: []byte("hello")}),
		frames{"two messages that have begun", []rawFrame{{opcode: opBinary, notFinal: true, payload: []byte{1}}, {opcode: opBinary, notFinal: true}}, failed},
		frames{"4,097 bytes in fragments", []rawFrame{{opcode: opBinary, notFinal: true, payload: make([]byte, 4000)}, {opcode: opContinuation, payload: make([]byte, 97)}}, failed},
		one("continuation of nothing", failed, rawFrame{opcode: opContinuation, payload: []byte{1}}),
		one("reserved opcode", failed, rawFrame{opcode: 3, payload: []byte{1}}),
		one("reserved bit", failed, rawFrame{opcode: opBinary, reserved: 4, payload: []byte{1}}),
		one("wrong mask bit", failed, rawFrame{opcode: opBinary, unmask: true, payload: []byte{1}}),
		one("4,097 bytes", failed, message(make([]byte, 4097))),
		one("4,097 bytes declared", failed, rawFrame{opcode: opBinary, declared: 4097}),
		one("length of ones", failed, rawFrame{opcode: opBinary, form: 64, declared: 1<<64 - 1}),
		one("ping of 126 bytes", failed, ping(pattern(126))),
		one("ping in fragments", failed, rawFrame{opcode: opPing, notFinal: true}),
		one("empty message", failed, message(nil)),
		one("message of an unknown kind", failed, message([]byte{9})),
	}
}

// A node that is sent anything else than a hello ends the handshake, and is
// there for the next socket.
func TestRFC6455InTheHandshake(t *testing.T) {
	for _, r := range []role{asDialer, asAcceptor} {
		for _, row := range hellos() {
			t.Run(fmt.Sprintf("%v/%s", r, row.name), func(t *testing.T) {
				socket, n := rawUpgraded(t, r)
				for _, f := range row.send {
					if err := socket.raw(f.bytes(r)); err != nil {
						t.Fatal(err)
					}
				}
				_ = socket.conn.SetReadDeadline(time.Now().Add(closing))
				var err error
				for err == nil {
					_, err = socket.Read()
				}
				expectClosed(t, err, row.want.code)
				if r == asDialer {
					expectWelcome(t, rawDial(t, n.address))
				}
			})
		}
	}
}

func expectWelcome(t *testing.T, socket *rawSocket) {
	t.Helper()
	s, err := stranger.Dial(socket, configFor("alpha", "beta", "-"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Call(limited(t), uint64(idEcho), "", nil); err != nil {
		t.Error(err)
	}
}

// "During the handshake pings are left unanswered", and do not disturb it.
func TestRFC6455PingBeforeTheHello(t *testing.T) {
	for _, r := range []role{asDialer, asAcceptor} {
		t.Run(r.String(), func(t *testing.T) {
			socket, _ := rawUpgraded(t, r)
			for _, f := range []rawFrame{ping([]byte("early")), {opcode: opPong}} {
				if err := socket.raw(f.bytes(r)); err != nil {
					t.Fatal(err)
				}
			}
			stays.checkAlive(t, socket, greet(t, socket))
		})
	}
}

// Frames are frames however TCP cuts them: even one byte at a time.
func TestRFC6455InPieces(t *testing.T) {
	for _, r := range []role{asDialer, asAcceptor} {
		t.Run(r.String(), func(t *testing.T) {
			socket, s, _ := rawSession(t, r)
			all := slices.Concat(message(skipped(300)).bytes(r), ping([]byte("torn")).bytes(r), message(skipped(9)).bytes(r))
			for _, b := range all {
				if err := socket.raw([]byte{b}); err != nil {
					t.Fatal(err)
				}
			}
			pong([]byte("torn")).checkAlive(t, socket, s)
		})
	}
}

// A connection that ends within a frame ends the session, wherever it is cut.
func TestRFC6455CutWithinAFrame(t *testing.T) {
	for _, r := range []role{asDialer, asAcceptor} {
		whole := message(skipped(300)).bytes(r)
		for _, cut := range []int{1, 2, 3, len(whole) / 2, len(whole) - 1} {
			t.Run(fmt.Sprintf("%v/after %d bytes", r, cut), func(t *testing.T) {
				socket, _, n := rawSession(t, r)
				if err := socket.raw(whole[:cut]); err != nil {
					t.Fatal(err)
				}
				_ = socket.conn.Close()
				select {
				case <-n.disconnected:
				case <-time.After(closing):
					t.Error("the node holds on to the session")
				}
			})
		}
	}
}
