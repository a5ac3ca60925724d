package interop_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"
	"time"

	coder "github.com/coder/websocket"
	gorilla "github.com/gorilla/websocket"

	"github.com/gridrpc/gridc/interop/stranger"
)

const (
	path        = "/grid/v1"
	subprotocol = "gridc.v1"
	maxMessage  = 262_152
)

// library is a foreign implementation of RFC 6455, in both roles.
type library struct {
	name    string
	dial    func(ctx context.Context, address string) (stranger.Socket, error)
	upgrade func(w http.ResponseWriter, r *http.Request) (stranger.Socket, error)
}

var libraries = []library{
	{name: "coder", dial: dialCoder, upgrade: upgradeCoder},
	{name: "gorilla", dial: dialGorilla, upgrade: upgradeGorilla},
}

// errKind is a message that is not binary.
var errKind = errors.New("a text message")

type coderSocket struct{ *coder.Conn }

func newCoderSocket(c *coder.Conn) stranger.Socket {
	c.SetReadLimit(maxMessage)
	return coderSocket{c}
}

func dialCoder(ctx context.Context, address string) (stranger.Socket, error) {
	c, _, err := coder.Dial(ctx, "ws://"+address+path, &coder.DialOptions{Subprotocols: []string{subprotocol}})
	if err != nil {
		return nil, err
	}
	return newCoderSocket(c), nil
}

func upgradeCoder(w http.ResponseWriter, r *http.Request) (stranger.Socket, error) {
	c, err := coder.Accept(w, r, &coder.AcceptOptions{Subprotocols: []string{subprotocol}})
	if err != nil {
		return nil, err
	}
	return newCoderSocket(c), nil
}

func (s coderSocket) Read() ([]byte, error) {
	kind, message, err := s.Conn.Read(context.Background())
	if err == nil && kind != coder.MessageBinary {
		err = errKind
	}
	return message, err
}

func (s coderSocket) Write(message []byte) error {
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	return s.Conn.Write(ctx, coder.MessageBinary, message)
}

func (s coderSocket) Close(code int, reason string) error {
	return s.Conn.Close(coder.StatusCode(code), reason)
}

type gorillaSocket struct{ *gorilla.Conn }

func newGorillaSocket(c *gorilla.Conn) stranger.Socket {
	c.SetReadLimit(maxMessage)
	return gorillaSocket{c}
}

// dialGorilla gives the library a buffer for the largest batch: a client of it
// cuts what is larger than its buffer into fragments.
func dialGorilla(ctx context.Context, address string) (stranger.Socket, error) {
	return dialGorillaWith(ctx, address, maxMessage)
}

func dialGorillaWith(ctx context.Context, address string, buffer int) (stranger.Socket, error) {
	d := gorilla.Dialer{Subprotocols: []string{subprotocol}, WriteBufferSize: buffer}
	c, _, err := d.DialContext(ctx, "ws://"+address+path, nil)
	if err != nil {
		return nil, err
	}
	return newGorillaSocket(c), nil
}

func upgradeGorilla(w http.ResponseWriter, r *http.Request) (stranger.Socket, error) {
	u := gorilla.Upgrader{Subprotocols: []string{subprotocol}}
	c, err := u.Upgrade(w, r, nil)
	if err != nil {
		return nil, err
	}
	return newGorillaSocket(c), nil
}

func (s gorillaSocket) Read() ([]byte, error) {
	kind, message, err := s.ReadMessage()
	if err == nil && kind != gorilla.BinaryMessage {
		err = errKind
	}
	return message, err
}

func (s gorillaSocket) Write(message []byte) error {
	_ = s.SetWriteDeadline(time.Now().Add(bound))
	return s.WriteMessage(gorilla.BinaryMessage, message)
}

func (s gorillaSocket) Close(code int, reason string) error {
	frame := gorilla.FormatCloseMessage(code, reason)
	_ = s.WriteControl(gorilla.CloseMessage, frame, time.Now().Add(time.Second))
	return s.Conn.Close()
}

// listen accepts with the library until the test ends. It returns the address
// and where the sockets come out.
func (l library) listen(t *testing.T) (address string, sockets <-chan stranger.Socket) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	accepted := make(chan stranger.Socket, 1)
	mux := http.NewServeMux()
	mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
		socket, err := l.upgrade(w, r)
		if err != nil {
			t.Errorf("upgrade: %v", err)
			return
		}
		select {
		case accepted <- socket:
		case <-t.Context().Done():
			_ = socket.Close(1001, "the test is over")
		}
	})
	server := &http.Server{Handler: mux}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(ln)
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return ln.Addr().String(), accepted
}
