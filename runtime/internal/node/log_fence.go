package node

import (
	"context"
	"log/slog"
)

// fencedLog is the handler of Options.Logger. It and the values that it prints are
// code of others: a line that makes it panic is tried once more with plain values
// only, so that what it was about is not lost.
type fencedLog struct{ h slog.Handler }

// FenceLog returns a logger that does not panic.
func FenceLog(l *slog.Logger) *slog.Logger {
	if l == nil {
		l = slog.Default()
	}
	return slog.New(fencedLog{l.Handler()})
}

// Enabled implements slog.Handler. A handler that cannot say is asked to print.
func (f fencedLog) Enabled(ctx context.Context, level slog.Level) (enabled bool) {
	enabled = true
	func() {
		defer func() { _ = recover() }()
		enabled = f.h.Enabled(ctx, level)
	}()
	return enabled
}

// Handle implements slog.Handler.
func (f fencedLog) Handle(ctx context.Context, r slog.Record) error {
	if f.try(ctx, r.Clone()) {
		return nil
	}
	plain := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		if k := a.Value.Kind(); k == slog.KindAny || k == slog.KindLogValuer {
			a.Value = slog.StringValue("a value that cannot be printed")
		}
		plain.AddAttrs(a)
		return true
	})
	f.try(ctx, plain) // there is nowhere left to tell
	return nil
}

// try reports whether the handler has not panicked.
func (f fencedLog) try(ctx context.Context, r slog.Record) (returned bool) {
	defer func() { _ = recover() }()
	_ = f.h.Handle(ctx, r) // as package slog
	return true
}

// WithAttrs and WithGroup are not called on it: the runtime derives no loggers.
func (f fencedLog) WithAttrs(attrs []slog.Attr) slog.Handler { return fencedLog{f.h.WithAttrs(attrs)} }

// WithGroup implements slog.Handler.
func (f fencedLog) WithGroup(name string) slog.Handler { return fencedLog{f.h.WithGroup(name)} }
