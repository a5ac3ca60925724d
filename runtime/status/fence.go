package status

// TextOf is the text of an error that need not be the runtime's own. Its Error method
// may panic: that is no reason to lose what the error is about.
func TextOf(err error) (text string) {
	defer func() {
		if recover() != nil {
			text = "an error without text, for its Error method panics"
		}
	}()
	return err.Error()
}
