package wire

// Flags of a shapes frame.
const (
	ShapesMore   = 1 // another frame belongs to this answer
	ShapesAnswer = 2 // the data is an encoded table; otherwise the frame asks
)
