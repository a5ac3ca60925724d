package wire

// Flags of a routes frame and of its entries.
const (
	RoutesMore  = 1 // another routes frame belongs to these
	RouteStream = 1 // the handler is a stream
)

const (
	RoutesFrame = 32 << 10 // bytes of entries after which a frame is closed
	MaxSubroute = 4 << 10  // bytes
)
