package grid_test

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
)

// answering is a node, and the server in a network that it dials.
type answering struct {
	*grid.Manager
	row     upgradeAnswer
	net     *gridtest.Network
	written int // of the answer to the first upgrade; to be read when all is still
}

// startAnswering is called in a bubble of fake time.
func startAnswering(t *testing.T, row upgradeAnswer) *answering {
	t.Helper()
	s := &answering{row: row, net: gridtest.NewNetwork(1)}
	ln, err := s.net.Listen("other")
	if err != nil {
		t.Fatal(err)
	}
	s.Manager, err = grid.NewManager(grid.Options{
		Name: "target", Auth: grid.SharedKey(testKey), CallOnly: true, Logger: slog.New(slog.DiscardHandler),
		Peers: []grid.Peer{{Name: "other", Address: "other:1"}},
		Dial:  func(ctx context.Context, address string) (net.Conn, error) { return s.net.Dial(ctx, "target", address) },
	})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.serve(ln)
	}()
	t.Cleanup(func() {
		s.net.Close()
		s.Shutdown(context.Background())
		<-done
	})
	return s
}

// serve answers the first upgrade. What it writes ends at the latest with the
// network.
func (s *answering) serve(ln net.Listener) {
	conn, err := ln.Accept()
	if err != nil {
		return
	}
	defer conn.Close()
	r, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return
	}
	sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	answer := strings.ReplaceAll(s.row.answer, "{accept}", base64.StdEncoding.EncodeToString(sum[:]))
	for text := answer; err == nil && text != ""; text = s.row.fill {
		_, err = io.WriteString(conn, text)
		s.written += len(text)
		time.Sleep(s.row.pause)
	}
	if s.row.hold {
		io.Copy(io.Discard, conn)
	}
}

// fault waits for the Connection to say what stands in the way.
func (s *answering) fault(t *testing.T) grid.State {
	t.Helper()
	patience := time.After(time.Minute)
	for {
		state, changed := s.Connection("other").Changes()
		if state.Reason != nil {
			return state
		}
		select {
		case <-changed:
		case <-patience:
			t.Fatal("nothing stands in the way")
		}
	}
}
