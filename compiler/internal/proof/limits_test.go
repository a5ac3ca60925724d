package proof

import (
	"errors"
	"strings"
	"testing"

	"github.com/tinylib/msgp/msgp"

	"github.com/gridrpc/gridc/compiler/internal/proof/gen/proof"
	"github.com/gridrpc/gridc/runtime/codec"
)

func TestLimits(t *testing.T) {
	long, longer, maybe := strings.Repeat("x", 17), strings.Repeat("x", 22), "12345"
	for _, x := range []struct {
		name string
		v    message
		wire []byte // the same, as a peer without limits sends it
		want string
	}{
		{
			"string", &proof.Limited{Path: long},
			msgp.AppendString([]byte{0x81, 1}, long),
			"proof.Limited field 1: over the limit: 17 bytes, at most 16",
		}, {
			"bytes", &proof.Limited{Data: []byte(long)},
			msgp.AppendBytes([]byte{0x81, 2}, []byte(long)),
			"proof.Limited field 2: over the limit: 17 bytes, at most 16",
		}, {
			"list", &proof.Limited{Names: make([]string, 4)},
			[]byte{0x81, 3, 0x94, 0xa0, 0xa0, 0xa0, 0xa0},
			"proof.Limited field 3: over the limit: 4 entries, at most 3",
		}, {
			"map", &proof.Limited{Table: map[string]string{"1": "", "2": "", "3": ""}},
			[]byte{0x81, 4, 0x83, 0xa1, '1', 0xa0, 0xa1, '2', 0xa0, 0xa1, '3', 0xa0},
			"proof.Limited field 4: over the limit: 3 entries, at most 2",
		}, {
			"optional", &proof.Limited{Maybe: &maybe},
			msgp.AppendString([]byte{0x81, 5}, maybe),
			"proof.Limited field 5: over the limit: 5 bytes, at most 4",
		}, {
			"message", &proof.Limited{Names: []string{longer, longer, longer}},
			append([]byte{0x81, 3, 0x93}, threeStrings(longer)...),
			"proof.Limited: over the limit: ",
		}, {
			"element", &proof.LimitedParts{Names: []string{"", "123456789"}},
			[]byte{0x81, 1, 0x92, 0xa0, 0xa9, '1', '2', '3', '4', '5', '6', '7', '8', '9'},
			"proof.LimitedParts field 1: over the limit: 9 bytes, at most 8",
		}, {
			"bytes as element", &proof.LimitedParts{Blobs: [][]byte{make([]byte, 9)}},
			[]byte{0x81, 2, 0x91, 0xc4, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0},
			"proof.LimitedParts field 2: over the limit: 9 bytes, at most 8",
		}, {
			"list as element", &proof.LimitedParts{Lists: [][]string{make([]string, 3)}},
			[]byte{0x81, 3, 0x91, 0x93, 0xa0, 0xa0, 0xa0},
			"proof.LimitedParts field 3: over the limit: 3 entries, at most 2",
		}, {
			"value", &proof.LimitedParts{ByName: map[string]string{"": "123456789"}},
			[]byte{0x81, 4, 0x81, 0xa0, 0xa9, '1', '2', '3', '4', '5', '6', '7', '8', '9'},
			"proof.LimitedParts field 4: over the limit: 9 bytes, at most 8",
		}, {
			"key", &proof.LimitedParts{ByName: map[string]string{"123456789": ""}},
			[]byte{0x81, 4, 0x81, 0xa9, '1', '2', '3', '4', '5', '6', '7', '8', '9', 0xa0},
			"proof.LimitedParts field 4: over the limit: 9 bytes, at most 8",
		}, {
			"list as value", &proof.LimitedParts{Lists2: map[string][]uint32{"": {1, 2, 3}}},
			[]byte{0x81, 5, 0x81, 0xa0, 0x93, 1, 2, 3},
			"proof.LimitedParts field 5: over the limit: 3 entries, at most 2",
		}, {
			"bytes as value", &proof.LimitedParts{ByID: map[uint64][]byte{1: make([]byte, 9)}},
			[]byte{0x81, 6, 0x81, 1, 0xc4, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0},
			"proof.LimitedParts field 6: over the limit: 9 bytes, at most 8",
		}, {
			"element of a variant", &proof.Parted{Names: []string{"123456789"}},
			[]byte{0x81, 1, 0x91, 0xa9, '1', '2', '3', '4', '5', '6', '7', '8', '9'},
			"proof.Parted field 1: over the limit: 9 bytes, at most 8",
		}, {
			"default", &proof.Lists{Ints: make([]int64, codec.DefaultLimit+1)},
			append([]byte{0x81, 2, 0xdd, 0, 1, 0, 1}, make([]byte, codec.DefaultLimit+1)...),
			"proof.Lists field 2: over the limit: 65537 entries, at most 65536",
		},
	} {
		_, err := x.v.MarshalMsg(nil)
		checkFault(t, x.name+", encode", err, "encode "+x.want)
		_, err = x.v.UnmarshalMsg(x.wire)
		checkFault(t, x.name+", decode", err, "decode "+x.want)
	}
}

func threeStrings(s string) []byte {
	return msgp.AppendString(msgp.AppendString(msgp.AppendString(nil, s), s), s)
}

func checkFault(t *testing.T, what string, err error, want string) {
	t.Helper()
	if !errors.Is(err, codec.ErrLimit) || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%s:\n got %v\nwant %s", what, err, want)
	}
}

// A failed encode leaves the buffer as it was.
func TestFailedEncode(t *testing.T) {
	b, err := (&proof.Limited{Names: make([]string, 4)}).MarshalMsg([]byte("before"))
	if err == nil || string(b) != "before" {
		t.Errorf("%q, %v", b, err)
	}
}

// An error deep inside names the message that was asked for, and the one that
// it is in.
func TestErrorNamesItsPlace(t *testing.T) {
	b := []byte{0x81, 3, 0x81, 2, 0xa1, 'x'} // Nested.part.size is a string
	_, err := proof.NewNested().UnmarshalMsg(b)
	const want = "decode proof.Nested: parts.Part field 2: malformed: "
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%v", err)
	}
}
