package trial

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

// Answering is a server that the node of an arena dials.
type Answering struct {
	*Arena
	row     UpgradeAnswer
	Written atomic.Int64 // of the answer to the first upgrade
}

// StartAnswering lets the node dial a server that answers as the row says.
func StartAnswering(t *testing.T, a *Arena, row UpgradeAnswer) *Answering {
	t.Helper()
	s := &Answering{Arena: a, row: row}
	ln := a.TrapAt(t, "other")
	a.Net.SetLink("target", "other", gridtest.Link{}) // what takes time is the server's doing
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.serve(ln)
	}()
	a.Lure(t, "other", "other")
	a.AtEnd(func() { <-done })
	return s
}

// serve answers the first upgrade. What it writes ends at the latest with the attack.
func (s *Answering) serve(ln net.Listener) {
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
	answer := strings.ReplaceAll(s.row.Answer, "{accept}", base64.StdEncoding.EncodeToString(sum[:]))
	for text := answer; err == nil && text != ""; text = s.row.Fill {
		_, err = io.WriteString(conn, text)
		s.Written.Add(int64(len(text)))
		time.Sleep(s.row.Pause)
	}
	if s.row.Hold {
		io.Copy(io.Discard, conn)
	}
}

// Fault waits for the Connection to say what stands in the way.
func (s *Answering) Fault(t *testing.T) grid.State {
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

// UpgradeAnswer is one way for an HTTP server to answer an upgrade, and what the
// Connection says of it. The answer is text in which {accept} stands for the right
// Sec-WebSocket-Accept; fill, if set, is written after it again and again, with
// pause between, until the node has had enough.
type UpgradeAnswer struct {
	Name   string
	Answer string
	Fill   string
	Pause  time.Duration
	Hold   bool // the server keeps the socket open
	After  time.Duration
	Phase  grid.Phase
	Reason string
}
