package mux

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/poll"
	"github.com/gridrpc/gridc/runtime/internal/websocket"
	"github.com/gridrpc/gridc/runtime/status"
)

// closeWait is how long the end that closes a session waits until the peer closes the
// socket.
const closeWait = time.Second

// leftover is how many bytes a closing session reads and drops: about what two sockets
// hold. A peer that sends more has not stopped sending, and is not waited for.
const leftover = 4 << 20

// CloseAll ends drained sessions without losing answers that their peers have not read
// yet. A socket that is closed while the peer is writing is reset, and the reset
// overtakes the last answers. So each peer is sent a close frame, which comes behind the
// answers, and the peer closes the socket. A session whose peer takes longer than
// closeWait is left to the caller.
func CloseAll(ctx context.Context, sessions []*Session, reason *status.Error) {
	ctx, cancel := context.WithTimeout(ctx, closeWait)
	defer cancel()
	for _, s := range sessions {
		s.closeReason.Store(reason)
		s.M.Goroutines.Go(func() { s.Out.CloseWhenWritten(websocket.CloseNormal, reason.Message) })
	}
	for _, s := range sessions {
		select {
		case <-s.Ended:
		case <-ctx.Done():
			return
		}
	}
}

// awaitPeerClose closes the socket once the peer has closed its end, or cannot be told.
// What the peer sends meanwhile is read and dropped: a socket that is closed
// over unread bytes is reset, and the reset overtakes the close frame.
func (s *Session) awaitPeerClose() {
	ctx, cancel := context.WithTimeout(s.M.Closing, closeWait)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { s.Raw.Close() })
	defer stop()
	from := poll.Beneath(s.Raw) // a reader may still be at work above TLS
	for {
		_, err := io.CopyN(io.Discard, from, leftover)
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			break
		}
		// The deadline is to wake a caller that reads its own answer, see interrupt.
		if !s.Calls.LoneCaller.AwaitLeave(ctx) || s.Raw.SetReadDeadline(time.Time{}) != nil {
			break
		}
	}
	s.Raw.Close()
}
