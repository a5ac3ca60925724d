package node

import (
	"context"
	"log/slog"
	"runtime"
	"sync"
	"time"
)

// LogQueue writes the log lines about sessions, in order, on a goroutine of its own.
// Sessions change where locks are held, and on goroutines that others wait for, such as a
// session's reader, a caller and the clock: none of them waits for a log that is slow, or
// that itself calls the Manager or a peer. Lines of handlers, handshakes and the resolver
// are not queued, for only the handler, handshake or resolver waits for them.
type LogQueue struct {
	M *Node

	mu      sync.Mutex // the last in the order of locks
	lines   []slog.Record
	lost    int // lines since the last one that was kept
	writing bool
}

// maxLines is how many lines may wait for a log that is slow.
const maxLines = 4096

// Note has a line written soon. It never waits.
func (x *LogQueue) Note(level slog.Level, message string, args ...any) {
	var caller [1]uintptr
	runtime.Callers(2, caller[:])
	line := slog.NewRecord(time.Now(), level, message, caller[0])
	line.Add(args...)
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.lines) == maxLines {
		x.lost++
		return
	}
	x.lines = append(x.lines, line)
	if !x.writing {
		x.writing = true
		x.M.Goroutines.Go(x.write)
	}
}

// write writes lines until there are none.
func (x *LogQueue) write() {
	var lines []slog.Record
	returned := false
	defer func() {
		if !returned { // the log has ended the goroutine
			x.putBack(lines)
			x.M.Goroutines.Go(x.write)
		}
	}()
	defer x.M.Enter("Options.Logger").Leave()
	log := x.M.Log.Handler()
	ctx := context.Background()
	for {
		var lost int
		lines, lost = x.take()
		if len(lines) == 0 {
			returned = true
			return
		}
		for len(lines) > 0 {
			line := lines[0]
			lines = lines[1:]
			if log.Enabled(ctx, line.Level) {
				_ = log.Handle(ctx, line) // as package slog: there is nowhere to tell
			}
		}
		if lost > 0 {
			x.M.Log.Warn("grid: the log is too slow, lines were left out", "lines", lost)
		}
	}
}

// putBack has lines written after all, before those that came since.
func (x *LogQueue) putBack(lines []slog.Record) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.lines = append(lines, x.lines...)
}

// take returns the lines that wait, and how many were lost after them. If there
// are none, the writer is over.
func (x *LogQueue) take() (lines []slog.Record, lost int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	lines, lost = x.lines, x.lost
	x.lines, x.lost = nil, 0
	x.writing = len(lines) > 0
	return lines, lost
}
