package codec

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"
)

// stranger is what a message may hold of types that were not generated.
type stranger struct {
	Big    big.Int
	Ptr    *big.Int
	Any    any
	Err    error
	Calls  func()
	hidden int
	Bad    bad
	ID     UUID
	Sum    [2]uint8
	Took   *time.Duration
	Marks  map[int8]plain
}

// bad panics when it is asked for its text.
type bad struct{ n int }

func (b bad) String() string { panic("no text") }

// plain knows nothing of its text.
type plain struct{ A, B int }

func TestTextOfForeignTypes(t *testing.T) {
	took := time.Minute
	v := &stranger{
		Big: *big.NewInt(7), Ptr: big.NewInt(8), Any: plain{B: 1}, Err: errors.New("gone"), Calls: func() {}, hidden: 5,
		ID: UUID{1}, Sum: [2]uint8{1, 2}, Took: &took, Marks: map[int8]plain{3: {}, -1: {A: 2}},
	}
	want := `stranger{Big: 7, Ptr: 8, Any: {B: 1}, Err: gone, Calls: func(), ID: 01000000-0000-0000-0000-000000000000, ` +
		`Sum: [1, 2], Took: 1m0s, Marks: {-1: {A: 2}, 3: {}}}`
	if got := Text(v); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := Text(&stranger{Bad: bad{1}}); !strings.Contains(got, "PANIC") {
		t.Errorf("a method that panics: %s", got)
	}
}

// Bytes are shown as text as far as they are any, and cut with their length.
func TestTextOfBytes(t *testing.T) {
	v := &struct {
		Data  []byte
		Short []byte
	}{Data: []byte(strings.Repeat("\x80", 1<<20)), Short: []byte("ab\x00")}
	got := Text(v)
	if want := fmt.Sprintf(`{Data: "%s"… (1048576 bytes), Short: "ab\x00"}`, strings.Repeat(`\x80`, textShort)); got != want {
		t.Errorf("got %s", got)
	}
}

func BenchmarkText(b *testing.B) {
	v := &plain{A: 1, B: 2}
	b.ReportAllocs()
	for b.Loop() {
		_ = Text(v)
	}
}
