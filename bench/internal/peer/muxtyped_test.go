package peer

import (
	"testing"

	"github.com/gridrpc/gridc/bench/gen/echo"
)

// The typed mux proves something only if it makes all messages that default stubs make: a
// request, a handler's response and the caller's response, and the texts and bytes of the
// two that are received.
func TestTheTypedMuxMakesNewMessages(t *testing.T) {
	call := Call{Text: "a text", Data: Payload(512)}
	var request, answer []byte
	step := func(name string, want float64, fn func() error) {
		t.Helper()
		var err error
		if got := testing.AllocsPerRun(100, func() { err = fn() }); err != nil || got != want {
			t.Errorf("%s: %v allocations, want %v; %v", name, got, want, err)
		}
	}
	step("the client's request", 0, func() (err error) {
		request, err = encodeRequest(request[:0], &call)
		return err
	})
	step("the server", 4, func() (err error) {
		answer, err = answerTyped(answer[:0], request)
		return err
	})
	var last *echo.Response
	step("the client's response", 3, func() error {
		last, call.buf = call.message, answer
		return decodeResponse(&call)
	})
	if err := call.Check(); err != nil || call.message == last {
		t.Errorf("the same message again: %t, %v", call.message == last, err)
	}
}

// A server that cannot decode ends the connection, a caller only its call.
func TestTheTypedMuxRefusesOtherBytes(t *testing.T) {
	if _, err := answerTyped(nil, []byte{0xc1}); err == nil {
		t.Error("the server takes it")
	}
	if decodeResponse(&Call{buf: []byte{0xc1}}) == nil {
		t.Error("the client takes it")
	}
}
