package calls

import (
	"time"

	"github.com/gridrpc/gridc/runtime/codec"
	"github.com/gridrpc/gridc/runtime/internal/lanes"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
)

// Options is what is known about a call besides its payload.
type Options struct {
	Name     string
	Lane     lanes.Lane
	Deadline int64           // calls: manager clock, when the call must be over
	Timeout  time.Duration   // 0: for calls, the Manager's default; for streams, none
	Retry    bool            // a new call may be made when the connection is lost
	Wait     bool            // wait until connected
	OutCap   int             // streams: messages that the caller holds unread
	Shape    *handlers.Shape // what the caller was built with, nil without a schema
	Meta     []byte
	Lent     *codec.Lent       // of the payload, nil: none
	From     *handlers.Context // of the handler of this node that makes the call, nil: none
}
