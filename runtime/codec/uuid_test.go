package codec

import (
	"strings"
	"testing"
)

func TestUUIDText(t *testing.T) {
	const text = "00112233-4455-6677-8899-aabbccddeeff"
	u, err := ParseUUID(strings.ToUpper(text))
	if err != nil || u.String() != text {
		t.Fatalf("%v %v", u, err)
	}
	var again UUID
	if err := again.UnmarshalText([]byte(text)); err != nil || again != u {
		t.Fatalf("%v %v", again, err)
	}
	if u.IsZero() || !(UUID{}).IsZero() {
		t.Error("IsZero")
	}
}

func TestBadUUIDText(t *testing.T) {
	for _, text := range []string{
		"", "00112233-4455-6677-8899-aabbccddeef", "00112233-4455-6677-8899-aabbccddeefff", "00112233x4455-6677-8899-aabbccddeeff",
		"0011223g-4455-6677-8899-aabbccddeeff", "{0112233-4455-6677-8899-aabbccddeeff",
	} {
		if u, err := ParseUUID(text); err == nil || !u.IsZero() {
			t.Errorf("%q is %v, %v", text, u, err)
		}
	}
}
