package node

// ClosedChan is what Done returns once the context has ended unseen.
var ClosedChan = func() chan struct{} { c := make(chan struct{}); close(c); return c }()
