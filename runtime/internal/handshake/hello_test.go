package handshake_test

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/gridrpc/gridc/runtime/internal/handshake"
	"github.com/gridrpc/gridc/runtime/internal/wire"
	"github.com/gridrpc/gridc/runtime/status"
)

func TestHelloCutShort(t *testing.T) {
	whole := goldenHello("alpha", "beta", 0, 7).Encode()
	for n := 1; n < len(whole); n++ {
		h, err := handshake.ParseHello(whole[:n])
		if err == nil && (h.Name != "alpha" || h.MaxVersion != 1) {
			t.Errorf("cut to %d bytes: %+v", n, h)
		}
	}
}

func TestHelloFaults(t *testing.T) {
	for name, c := range map[string]struct {
		tail []byte
		want string
	}{
		"endless tag":          {bytes.Repeat([]byte{0xff}, 11), "cut short"},
		"long value":           {[]byte{99, 0xff, 0xff, 0xff, 0xff, 0x0f}, "cut short"},
		"short incarnation":    {[]byte{handshake.TagIncarnation, 1, 0}, "cut short"},
		"number of no bytes":   {[]byte{handshake.TagBulk, 0}, "cut short"},
		"versions upside down": {[]byte{handshake.TagVersions, 2, 2, 1}, "no version"},
		"empty name":           {[]byte{handshake.TagName, 0}, "no usable name"},
	} {
		_, err := handshake.ParseHello(append(goldenHello("alpha", "beta", 0, 7).Encode(), c.tail...))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRejectionWithoutReason(t *testing.T) {
	for _, msg := range [][]byte{{4}, {4, 0, 0}, {4, 200}, {4, 3, 'a', 'b', 'c', 9}} {
		if r := handshake.ParseRejection(msg); r.Code != status.Internal || !r.Remote || r.Reason == "" {
			t.Errorf("% x: %+v", msg, r)
		}
	}
	var r *handshake.Rejection
	if err := handshake.Expect(handshake.Reject(status.Unavailable, "later").Encode(), handshake.HelloHello); !errors.As(err, &r) || r.Code != status.Unavailable || !r.Remote {
		t.Errorf("got %v", err)
	}
}

func TestAgreementIsClamped(t *testing.T) {
	mine, theirs := goldenHello("alpha", "beta", 0, 1), goldenHello("beta", "alpha", 0, 1)
	theirs.Message, theirs.Bulk, theirs.Window = 1<<63, 1<<63, 1<<63
	a, err := handshake.Agree(mine, theirs)
	if err != nil || uint64(a.Message) != min(1<<40, math.MaxInt) || a.Bulk != 1<<40 || a.Window != 1<<40 {
		t.Errorf("%+v, %v", a, err)
	}
}

// A peer may take larger messages than an int counts here: then the largest that
// this end can send is the limit, and never less.
func TestLimitsOfPeersWithMoreBits(t *testing.T) {
	mine, theirs := goldenHello("alpha", "beta", 0, 1), goldenHello("beta", "alpha", 0, 1)
	for _, n := range []uint64{1, 32 << 20, 1<<31 - 1, 1 << 31, 3 << 30, 1<<32 - 1, 1 << 32, 1<<32 + 1<<20, 1 << 40, 1<<63 - 1, 1<<64 - 1} {
		theirs.Message, theirs.Bulk, theirs.Window = n, max(n, wire.MinBulk), n
		a, err := handshake.Agree(mine, theirs)
		if err != nil {
			t.Fatal(err)
		}
		if want := min(n, 1<<40, math.MaxInt); uint64(a.Message) != want {
			t.Errorf("%d: messages of up to %d instead of %d", n, a.Message, want)
		}
		if a.Bulk != int64(min(max(n, wire.MinBulk), 1<<40)) || a.Window != int64(min(n, 1<<40)) {
			t.Errorf("%d: %+v", n, a)
		}
	}
}

func TestDialsIsSymmetric(t *testing.T) {
	names := strings.Fields("a b c node0 node1 node2 node10 alpha beta gamma x/y é 世界")
	first := 0
	for i, a := range names {
		for _, b := range names[i+1:] {
			if handshake.Dials(a, b) == handshake.Dials(b, a) {
				t.Errorf("%s and %s do not agree", a, b)
			}
			if handshake.Dials(a, b) {
				first++
			}
		}
	}
	if all := len(names) * (len(names) - 1) / 2; first < all/4 || first > all*3/4 {
		t.Errorf("%d of %d pairs are dialed by the same side", first, all)
	}
}
