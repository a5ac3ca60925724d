package grid

import (
	"github.com/gridrpc/gridc/runtime/observe"
)

// Observer is told of calls, streams and sessions; see Options.Observers.
type Observer = observe.Observer

// CallInfo says which call or stream an Observer is told of.
type CallInfo = observe.CallInfo

// CallEnd is how a call or stream ended.
type CallEnd = observe.CallEnd

// SessionEvent is a change of a session.
type SessionEvent = observe.SessionEvent

// SessionChange is what became of a session.
type SessionChange = observe.SessionChange

// The changes of sessions.
const (
	SessionUp      = observe.SessionUp
	SessionDown    = observe.SessionDown
	SessionRefused = observe.SessionRefused
)
