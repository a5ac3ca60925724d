package grid

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"
)

func TestHelloCutShort(t *testing.T) {
	whole := goldenHello("alpha", "beta", 0, 7).encode()
	for n := 1; n < len(whole); n++ {
		h, err := parseHello(whole[:n])
		if err == nil && (h.name != "alpha" || h.maxVersion != 1) {
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
		"short incarnation":    {[]byte{tagIncarnation, 1, 0}, "cut short"},
		"number of no bytes":   {[]byte{tagBulk, 0}, "cut short"},
		"versions upside down": {[]byte{tagVersions, 2, 2, 1}, "no version"},
		"empty name":           {[]byte{tagName, 0}, "no usable name"},
	} {
		_, err := parseHello(append(goldenHello("alpha", "beta", 0, 7).encode(), c.tail...))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRejectionWithoutReason(t *testing.T) {
	for _, msg := range [][]byte{{4}, {4, 0, 0}, {4, 200}, {4, 3, 'a', 'b', 'c', 9}} {
		if r := parseRejection(msg); r.code != Internal || !r.remote || r.reason == "" {
			t.Errorf("% x: %+v", msg, r)
		}
	}
	var r *rejection
	if err := expect(reject(Unavailable, "later").encode(), helloHello); !errors.As(err, &r) || r.code != Unavailable || !r.remote {
		t.Errorf("got %v", err)
	}
}

func TestAgreementIsClamped(t *testing.T) {
	mine, theirs := goldenHello("alpha", "beta", 0, 1), goldenHello("beta", "alpha", 0, 1)
	theirs.message, theirs.bulk, theirs.window = 1<<63, 1<<63, 1<<63
	a, err := agree(mine, theirs)
	if err != nil || uint64(a.message) != min(1<<40, math.MaxInt) || a.bulk != 1<<40 || a.window != 1<<40 {
		t.Errorf("%+v, %v", a, err)
	}
}

// A peer may take larger messages than an int counts here: then the largest that
// this end can send is the limit, and never less.
func TestLimitsOfPeersWithMoreBits(t *testing.T) {
	mine, theirs := goldenHello("alpha", "beta", 0, 1), goldenHello("beta", "alpha", 0, 1)
	for _, n := range []uint64{1, 32 << 20, 1<<31 - 1, 1 << 31, 3 << 30, 1<<32 - 1, 1 << 32, 1<<32 + 1<<20, 1 << 40, 1<<63 - 1, 1<<64 - 1} {
		theirs.message, theirs.bulk, theirs.window = n, max(n, chunkSize), n
		a, err := agree(mine, theirs)
		if err != nil {
			t.Fatal(err)
		}
		if want := min(n, 1<<40, math.MaxInt); uint64(a.message) != want {
			t.Errorf("%d: messages of up to %d instead of %d", n, a.message, want)
		}
		if a.bulk != int64(min(max(n, chunkSize), 1<<40)) || a.window != int64(min(n, 1<<40)) {
			t.Errorf("%d: %+v", n, a)
		}
	}
}

func TestDialsIsSymmetric(t *testing.T) {
	names := strings.Fields("a b c node0 node1 node2 node10 alpha beta gamma x/y é 世界")
	first := 0
	for i, a := range names {
		for _, b := range names[i+1:] {
			if dials(a, b) == dials(b, a) {
				t.Errorf("%s and %s do not agree", a, b)
			}
			if dials(a, b) {
				first++
			}
		}
	}
	if all := len(names) * (len(names) - 1) / 2; first < all/4 || first > all*3/4 {
		t.Errorf("%d of %d pairs are dialed by the same side", first, all)
	}
}

func TestOptionsNameAllFaults(t *testing.T) {
	o := Options{
		Peers:  []Peer{{Name: ""}, {Name: "a", Address: "no port"}, {Name: "a"}, {Name: strings.Repeat("n", 256)}},
		Path:   "grid",
		Limits: Limits{Hello: -7, Handshake: -5, BulkWindow: 1, Reassembly: 1, StreamWindowMax: 1, BackoffMax: 1},
	}
	_, err := NewManager(o)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"Options.Name", "Options.Auth", "Options.Peers[0].Name", "Options.Peers[1].Address", "Options.Peers[2].Name", "Options.Peers[3].Name",
		"Options.Path", "-7", "-5ns", "BulkWindow", "Reassembly", "StreamWindowMax", "BackoffMax",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no word of %s in: %v", want, err)
		}
	}
	_, err = NewManager(Options{Name: "a", Auth: InsecureNoAuth(), Limits: Limits{SendQueue: maxSendQueue + 1, StreamWindowMax: maxStreamWindow + 1}})
	if err == nil || !strings.Contains(err.Error(), "SendQueue: 1073741825 is more") || !strings.Contains(err.Error(), "StreamWindowMax: 1073741825 is more") {
		t.Errorf("more than can be counted: %v", err)
	}
	if _, err := NewManager(Options{Name: "a", Auth: SharedKey([]byte("short"))}); err == nil || !strings.Contains(err.Error(), "at least 16") {
		t.Errorf("a short key: %v", err)
	}
}

func TestRegistrationBounds(t *testing.T) {
	var r registry
	r.init()
	for name, h := range map[string]*handler{
		"id 0":        {},
		"subroute":    {id: 1, subroute: strings.Repeat("s", maxSubroute+1)},
		"capacity":    {id: 1, inCap: maxCapacity + 1},
		"no capacity": {id: 1, outCap: -1},
	} {
		if err := r.add(&node{limits: limits(DefaultLimits())}, []*handler{h}, func([]*handler) {}); !errors.Is(err, ErrInvalidArgument) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
