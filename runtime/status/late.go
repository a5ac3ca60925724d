package status

import (
	"fmt"
	"time"
)

// Late is the call or stream that ran out of time.
type Late struct {
	Peer     string // that was asked
	ID       HandlerID
	Name     string
	Subroute string
	Waited   time.Duration // from when it was made
	Allowed  time.Duration // by its deadline, 0 or less: there was no time
}

// String says who was asked for what, and for how long. It is made when somebody reads
// the error: calls may run out of time by the thousand.
func (l *Late) String() string {
	who := "handler " + DescribeHandler(l.ID, l.Name, l.Subroute) + " at " + Quoted(l.Peer)
	switch {
	case l.Allowed > 0:
		return fmt.Sprintf("%s, waited %s of %s", who, rounded(l.Waited), rounded(l.Allowed))
	case l.Waited > 0:
		return fmt.Sprintf("%s, waited %s", who, rounded(l.Waited))
	}
	return who + ", the time was up before it was called"
}

// rounded leaves out digits that say nothing.
func rounded(d time.Duration) time.Duration {
	if d >= time.Millisecond {
		return d.Round(time.Millisecond)
	}
	return d.Round(time.Microsecond)
}

// RanOut returns an error that says of which call or stream it is, if it is a deadline
// and does not say so yet; else e itself.
func RanOut(e *Error, l Late) *Error {
	if e.Code != DeadlineExceeded || e.late != nil {
		return e
	}
	c := *e
	c.late = &l
	return &c
}

// Text returns Message, and of a deadline whose it was: the peer, the handler, and how
// long it was waited for.
func (e *Error) Text() string {
	switch {
	case e.late == nil:
		return e.Message
	case e.Message == "":
		return e.late.String()
	}
	return e.Message + ": " + e.late.String()
}

// DescribeHandler names a handler for logs and messages.
func DescribeHandler(id HandlerID, name, subroute string) string {
	s := fmt.Sprintf("%d", id)
	if name != "" {
		s = name + " (" + s + ")"
	}
	if subroute != "" {
		s += " under " + Quoted(subroute)
	}
	return s
}
