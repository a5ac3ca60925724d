package codec

import (
	"encoding/hex"
	"fmt"
)

// UUID is 16 bytes that identify something. The zero UUID counts as absent.
type UUID [16]byte

// String returns the form with hyphens, "8-4-4-4-12", in lower case.
func (u UUID) String() string {
	text, _ := u.MarshalText()
	return string(text)
}

// IsZero reports whether all bytes are zero.
func (u UUID) IsZero() bool { return u == UUID{} }

// MarshalText returns the same text as String, for JSON and similar formats.
func (u UUID) MarshalText() ([]byte, error) {
	text := make([]byte, 36)
	at := 0
	for i, group := range uuidGroups {
		if i > 0 {
			text[at] = '-'
			at++
		}
		at += hex.Encode(text[at:], u[group.from:group.to])
	}
	return text, nil
}

// UnmarshalText parses text with ParseUUID into u.
func (u *UUID) UnmarshalText(text []byte) error {
	parsed, err := ParseUUID(string(text))
	if err != nil {
		return err
	}
	*u = parsed
	return nil
}

// ParseUUID reads the form with hyphens, in either case.
func ParseUUID(text string) (UUID, error) {
	var u UUID
	if len(text) != 36 {
		return UUID{}, fmt.Errorf("uuid of %d characters instead of 36", len(text))
	}
	at := 0
	for i, group := range uuidGroups {
		if i > 0 {
			if text[at] != '-' {
				return UUID{}, fmt.Errorf("uuid %q has no hyphen at %d", text, at)
			}
			at++
		}
		digits := 2 * (group.to - group.from)
		if _, err := hex.Decode(u[group.from:group.to], []byte(text[at:at+digits])); err != nil {
			return UUID{}, fmt.Errorf("uuid %q: %w", text, err)
		}
		at += digits
	}
	return u, nil
}

// uuidGroups are the bytes between the hyphens of the text form.
var uuidGroups = [...]struct{ from, to int }{{0, 4}, {4, 6}, {6, 8}, {8, 10}, {10, 16}}
