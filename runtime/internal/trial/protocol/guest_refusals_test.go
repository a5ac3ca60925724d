package protocol_test

import (
	"net/http"
	"strings"
	"testing"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/peer"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// guestRefusal is a guest that is turned away.
type guestRefusal struct {
	name    string
	options func(*grid.GuestOptions)
	hello   func(peer.Hello)
	token   string // "": a good one
	header  string
	code    string
	reason  string
}

var guestRefusals = []guestRefusal{
	// PROTOCOL.md: "A token that is not good is rejected with `unauthenticated`, with a reason that is for the guest."
	{name: "token", token: "stolen", code: "unauthenticated", reason: "this token has expired: log in again"},
	{name: "no TLS", options: func(o *grid.GuestOptions) { o.Plain = false }, code: "unauthenticated", reason: "accepted only over TLS"},
	// PROTOCOL.md: "An acceptor that does not allow it, or wants TLS where there is none, rejects the hello: not the upgrade, for no browser tells a page why an upgrade failed."
	{name: "another site", header: "Origin: https://evil.example", code: "permission_denied", reason: "pages of \"https://evil.example\""},
	{name: "no site", header: "Origin: null", code: "permission_denied"},
	{name: "empty origin", header: "Origin:", code: "permission_denied"},
	{name: "one of two sites", header: "Origin: http://test\r\nOrigin: https://evil.example", code: "permission_denied", reason: "evil"},
	{name: "same host with another port", header: "Origin: http://test:81", code: "permission_denied"},
	{name: "AllowOrigin says no", options: func(o *grid.GuestOptions) { o.AllowOrigin = func(string) bool { return false } }, header: "Origin: http://test", code: "permission_denied"},
	{name: "AllowOrigin panics", options: func(o *grid.GuestOptions) { o.AllowOrigin = func(string) bool { panic("hunter2") } }, header: "Origin: http://test", code: "permission_denied"},
	{name: "another node", hello: func(h peer.Hello) { h[peer.TagTarget] = []byte("elsewhere") }, code: "unauthenticated", reason: "not \"elsewhere\""},
	{name: "another scheme", hello: func(h peer.Hello) { h[peer.TagScheme] = []byte("none") }, code: "unauthenticated"},
	{name: "another version", hello: func(h peer.Hello) { h[peer.TagVersions] = []byte{7, 9} }, code: "incompatible"},
	{name: "no checksum in common", hello: func(h peer.Hello) { h[peer.TagChecksums] = []byte("z") }, code: "incompatible"},
	// PROTOCOL.md: "The name in a guest's hello is a *label*, 1 to 64 letters, digits, `_` and `-` of ASCII, which the guest draws at random with its incarnation and keeps as long as that. Any other is rejected with `invalid_argument`."
	{name: "label with a dot", hello: func(h peer.Hello) { h[peer.TagName] = []byte("a.b") }, code: "invalid_argument", reason: "label"},
	{name: "empty label", hello: func(h peer.Hello) { h[peer.TagName] = nil }, code: "invalid_argument"},
	{name: "long label", hello: func(h peer.Hello) { h[peer.TagName] = []byte(strings.Repeat("x", 65)) }, code: "invalid_argument"},
	{name: "label of other letters", hello: func(h peer.Hello) { h[peer.TagName] = []byte("näme") }, code: "invalid_argument"},
	{name: "no room", hello: func(h peer.Hello) { h[peer.TagWindow] = []byte{0} }, code: "invalid_argument"},
	// PROTOCOL.md: "The name of a node, or of guests of another kind, is rejected with `permission_denied`."
	{name: "name of a node", hello: func(h peer.Hello) { h[peer.TagName] = []byte("node") }, token: "pass peer", code: "permission_denied", reason: "is taken, by a node"},
	{name: "own name", hello: func(h peer.Hello) { h[peer.TagName] = []byte("own") }, token: "pass name", code: "permission_denied", reason: "is taken, by a node"},
	{name: "check panics", options: func(o *grid.GuestOptions) { o.Check = func(*http.Request, string) (string, error) { panic("hunter2") } }, code: "internal"},
	{name: "check without a user", options: func(o *grid.GuestOptions) { o.Check = func(*http.Request, string) (string, error) { return "", nil } }, code: "internal", reason: "cannot be part of a name"},
	{name: "check with a long user", options: func(o *grid.GuestOptions) {
		o.Check = func(*http.Request, string) (string, error) { return strings.Repeat("x", 254), nil }
	}, code: "internal", reason: "cannot be part of a name"},
}

// Each refusal comes as a reject that says why, counted and logged, and never as a silent end.
func TestGuestRefusals(t *testing.T) {
	for _, c := range guestRefusals {
		t.Run(c.name, func(t *testing.T) {
			d := guestsAt(t, func(o *grid.Options) {
				o.Name = "own.name"
				o.Peers = append(o.Peers, grid.Peer{Name: "node.peer"})
			}, c.options)
			h, token := peer.NewGuestHello("tab1"), "pass ann"
			if c.hello != nil {
				c.hello(h)
			}
			if c.token != "" {
				token = c.token
			}
			var lines []string
			if c.header != "" {
				lines = []string{c.header}
			}
			_, _, err := d.try(t, h, token, lines...)
			trial.WantRejected(t, err, c.code, c.reason)
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the guest is told of a panic: %v", err)
			}
			d.Log.Await(t, "grid: guest refused", c.code)
			if r := d.Snapshot().Refusals; len(r) != 1 || r[0].Reason != c.code || r[0].Count != 1 {
				t.Errorf("refusals %+v", r)
			}
			if state := d.Connection("node.peer").State(); state.Reason != nil {
				t.Errorf("the state of a node speaks of a guest: %v", state.Reason)
			}
		})
	}
}

// Pages of the host itself, or of whom AllowOrigin allows, are let in, and so is who is no browser.
func TestGuestOrigins(t *testing.T) {
	d := guestsAt(t, nil, nil)
	for _, lines := range [][]string{nil, {"Origin: http://test"}, {"Origin: https://TEST"}} {
		if _, _, err := d.try(t, peer.NewGuestHello("tab"+string(rune('a'+len(strings.Join(lines, ""))))), "pass ann", lines...); err != nil {
			t.Errorf("%q: %v", lines, err)
		}
	}
	d = guestsAt(t, nil, func(o *grid.GuestOptions) {
		o.AllowOrigin = func(origin string) bool { return origin == "https://console.example" }
	})
	if _, _, err := d.try(t, peer.NewGuestHello("tab1"), "pass ann", "Origin: https://console.example"); err != nil {
		t.Error(err)
	}
}
