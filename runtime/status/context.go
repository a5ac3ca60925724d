package status

import (
	"context"
	"reflect"
	"sync/atomic"
	"time"
)

// What the runtime asks of the contexts that it is given. They may be code of others,
// which panics, ends its goroutine or breaks the contract of package context: that is
// the business of the goroutine of who made the call, and of no other.

// ContextError says why a context has ended: by its deadline or not, and the cause that
// its owner gave, if any. The context may be code of others, and this be called on a
// goroutine of the runtime's.
func ContextError(ctx context.Context) (e *Error) {
	e = &Error{Code: Canceled, Message: "the caller gave up"}
	defer func() { _ = recover() }()
	cause := context.Cause(ctx)
	if IsError(ctx.Err(), context.DeadlineExceeded) || IsError(cause, context.DeadlineExceeded) {
		e = DeadlinePassed()
	}
	if _, ours := cause.(*Error); !ours { // of a handler's context: it is about the call that the handler serves
		e.Cause = cause
	}
	return e
}

// ContextErr is ctx.Err() of a context that has ended, and that may be code of others. It
// is asked on a goroutine of its own, which it may end.
func ContextErr(ctx context.Context) error {
	return apart(context.Canceled, func() error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return context.Canceled // package context panics where there is none
	})
}

// patience is how long a method of a context that has ended is waited for.
const patience = time.Second

// apart returns what fn returns, or instead where fn does not return, or not in time.
func apart[T any](instead T, fn func() T) T {
	answer := make(chan T, 1)
	go func() {
		said := instead
		defer func() {
			_ = recover()
			answer <- said
		}()
		said = fn()
	}()
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case said := <-answer:
		return said
	case <-late.C:
		return instead
	}
}

// WhenEnded calls f on a goroutine of its own once ctx has ended, and says why, whatever
// the methods of ctx do. stop is that of context.AfterFunc.
func WhenEnded(ctx context.Context, f func(why *Error)) (stop func() bool) {
	c := new(FencedContext)
	return c.WhenEnded(ctx, f)
}

// WhenEnded is the function WhenEnded of a fence that is part of something else, and of
// nothing yet: so it is one allocation less.
func (c *FencedContext) WhenEnded(ctx context.Context, f func(why *Error)) (stop func() bool) {
	c.Context, c.done = ctx, ctx.Done()
	return context.AfterFunc(c, func() {
		why := &Error{Code: Canceled, Message: "the caller gave up"}
		f(apart(why, func() *Error { return ContextError(ctx) }))
	})
}

// Fenced is ctx for package context to watch, as context.AfterFunc and the contexts
// that are derived do: they ask it why it ended on goroutines of their own, where a
// panic of its methods would end the process. Its Done is called here, by the caller.
func Fenced(ctx context.Context) context.Context {
	return &FencedContext{Context: ctx, done: ctx.Done()}
}

// FencedContext is what Fenced returns.
type FencedContext struct {
	context.Context
	done  <-chan struct{}
	ended atomic.Bool // Err was called, as package context does first
}

// Done implements context.Context.
func (c *FencedContext) Done() <-chan struct{} { return c.done }

// Err implements context.Context. Of a context that package context made nobody asks it.
func (c *FencedContext) Err() error {
	select {
	case <-c.done:
	default:
		return nil
	}
	c.ended.Store(true)
	return ContextErr(c.Context)
}

// Value implements context.Context.
func (c *FencedContext) Value(key any) (v any) {
	if c.ended.Load() {
		return apart(nil, func() any { return c.Context.Value(key) })
	}
	defer func() { _ = recover() }()
	return c.Context.Value(key)
}

// timedContext is what package context keeps to a deadline.
var timedContext = func() reflect.Type {
	ctx, cancel := context.WithDeadline(context.Background(), time.Time{})
	defer cancel()
	return reflect.TypeOf(ctx)
}()

// KeepDeadline returns a context that ends at the deadline of ctx, if there is one, even
// where ctx itself is code of others that does not. release gives back what that takes,
// and is nil where that is nothing.
func KeepDeadline(ctx context.Context) (kept context.Context, release context.CancelFunc) {
	deadline, limited := ctx.Deadline()
	if !limited || reflect.TypeOf(ctx) == timedContext {
		return ctx, nil
	}
	return context.WithDeadline(Fenced(ctx), deadline)
}
