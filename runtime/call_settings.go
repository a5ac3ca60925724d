package grid

import (
	"time"

	"github.com/gridrpc/gridc/runtime/codec"
)

// callSettings is what is known about a call besides its payload.
type callSettings struct {
	name     string
	lane     lane
	deadline int64         // calls: manager clock, when the call must be over
	timeout  time.Duration // 0: for calls, the Manager's default; for streams, none
	retry    bool          // a new call may be made when the connection is lost
	wait     bool          // wait until connected
	outCap   int           // streams: messages that the caller holds unread
	shape    *shapeOf      // what the caller was built with, nil without a schema
	meta     []byte
	lent     *codec.Lent     // of the payload, nil: none
	from     *handlerContext // of the handler of this node that makes the call, nil: none
}
