package status

// IsCutOff reports whether the caller broke the stream off, because of a message: then
// the handler runs even if it did so before it could start. Who lost interest, or
// ran out of time, has no use for a late one.
func IsCutOff(e *Error) bool {
	return e != nil && e.Remote && e.Code != Canceled && e.Code != DeadlineExceeded
}
