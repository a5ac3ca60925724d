package out

const (
	SlotBits = 16
	MaxSlots = 1 << SlotBits // calls in flight, each session
)
