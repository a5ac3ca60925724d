package status

// Decode returns the typed error, or nil and why it cannot be had: code and message
// say enough to go on. An error whose fields were left out has no bytes, which is
// not what an error without fields is encoded to.
func (t ErrorType) Decode(encoded *EncodedDetail) (detail TypedError, fault string) {
	defer func() {
		if value := recover(); value != nil {
			detail, fault = nil, "decoding them panicked"
		}
	}()
	detail = t.empty()
	var b []byte
	if encoded != nil {
		b = encoded.Bytes
	}
	if _, err := detail.UnmarshalMsg(b); err != nil {
		if encoded == nil {
			return nil, "" // its message says so
		}
		return nil, TextOf(err)
	}
	return detail, ""
}
