package grid_test

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
)

// answering is a server that the node of an arena dials.
type answering struct {
	*arena
	row     upgradeAnswer
	written atomic.Int64 // of the answer to the first upgrade
}

// startAnswering lets the node dial a server that answers as the row says.
func startAnswering(t *testing.T, a *arena, row upgradeAnswer) *answering {
	t.Helper()
	s := &answering{arena: a, row: row}
	ln := a.trapAt(t, "other")
	a.net.SetLink("target", "other", gridtest.Link{}) // what takes time is the server's doing
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.serve(ln)
	}()
	a.lure(t, "other", "other")
	a.atEnd(func() { <-done })
	return s
}

// serve answers the first upgrade. What it writes ends at the latest with the attack.
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
		s.written.Add(int64(len(text)))
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
