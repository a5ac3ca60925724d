package handshake_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"reflect"
	"regexp"
	"testing"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/handshake"
	"github.com/gridrpc/gridc/runtime/internal/trial"
	"github.com/gridrpc/gridc/runtime/status"
	"github.com/zeebo/xxh3"
)

var goldenKey = []byte("0123456789abcdef")

func goldenHello(name, target string, first byte, attempt uint64) *handshake.Hello {
	h := &handshake.Hello{MinVersion: 1, MaxVersion: 1, Name: name, Target: target, Attempt: attempt,
		Scheme: "hmac-sha256", Checksums: "x-", Message: 32 << 20, Bulk: 512 << 10, Window: 64 << 10}
	for i := range h.Incarnation {
		h.Incarnation[i] = first + byte(i)
	}
	for i := range h.Nonce {
		h.Nonce[i] = 2*first + byte(i)
	}
	return h
}

func TestGoldenHello(t *testing.T) {
	examples := trial.ProtocolExamples(t)
	for name, h := range map[string]*handshake.Hello{
		"hello-dialer":   goldenHello("alpha", "beta", 0, 7),
		"hello-acceptor": goldenHello("beta", "alpha", 16, 0),
	} {
		if got := h.Encode(); !bytes.Equal(got, examples[name]) {
			t.Errorf("%s: written % x\nPROTOCOL.md says % x", name, got, examples[name])
		}
		if got, err := handshake.ParseHello(examples[name]); err != nil || !reflect.DeepEqual(got, h) {
			t.Errorf("%s: read %+v, %v", name, got, err)
		}
	}
}

func TestGoldenProofs(t *testing.T) {
	examples := trial.ProtocolExamples(t)
	said := handshake.Transcript(examples["hello-dialer"], examples["hello-acceptor"])
	auth := grid.SharedKey(goldenKey)
	for _, role := range []grid.Role{grid.Dialer, grid.Acceptor} {
		want := examples["proof-"+string(role)]
		info := grid.AuthInfo{Role: role, Transcript: said}
		got, err := auth.Prove(info)
		if err != nil || !bytes.Equal(append([]byte{byte(handshake.HelloProof)}, got...), want) {
			t.Errorf("%s: % x, %v", role, got, err)
		}
		if err := auth.Verify(info, want[1:]); err != nil {
			t.Errorf("%s: %v", role, err)
		}
	}
	// PROTOCOL.md: "A proof that is wrong is rejected with `unauthenticated`."
	if err := auth.Verify(grid.AuthInfo{Role: grid.Dialer, Transcript: said}, examples["proof-acceptor"][1:]); err == nil {
		t.Error("a proof of the acceptor passes for one of the dialer")
	}
}

func TestGoldenWelcomeAndReject(t *testing.T) {
	examples := trial.ProtocolExamples(t)
	if err := handshake.Expect(examples["welcome"], handshake.HelloWelcome); err != nil {
		t.Error(err)
	}
	r := handshake.Reject(status.Unauthenticated, "wrong key")
	if got := r.Encode(); !bytes.Equal(got, examples["reject"]) {
		t.Errorf("written % x", got)
	}
	got := handshake.ParseRejection(examples["reject"])
	if got.Code != r.Code || got.Reason != r.Reason || !got.Remote {
		t.Errorf("read %+v", got)
	}
}

// TestGoldenDials proves the table of who dials.
func TestGoldenDials(t *testing.T) {
	rows := regexp.MustCompile(`(?m)^\| (\w+) \| (\w+) \| ([0-9a-f]{16}) \| (\w+) \|$`).FindAllStringSubmatch(trial.ProtocolText(t), -1)
	if len(rows) != 4 {
		t.Fatalf("%d rows", len(rows))
	}
	for _, r := range rows {
		low, high, sum, dialer := r[1], r[2], r[3], r[4]
		var want [8]byte
		binary.BigEndian.PutUint64(want[:], xxh3.HashString(low+"\x00"+high))
		if hex.EncodeToString(want[:]) != sum {
			t.Errorf("%s, %s: hash %x", low, high, want)
		}
		for me, peer := range map[string]string{low: high, high: low} {
			if got := handshake.Dials(me, peer); got != (me == dialer) {
				t.Errorf("dials(%s, %s) = %v", me, peer, got)
			}
		}
	}
}
