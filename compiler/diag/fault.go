package diag

// A Fault is an error that no .grid file and no machine should be able to
// cause: gridc itself is wrong. The command asks its user to report one.
type Fault struct{ Err error }

// Error returns the text of the error inside.
func (f *Fault) Error() string { return f.Err.Error() }

// Unwrap returns the error inside.
func (f *Fault) Unwrap() error { return f.Err }
