package protocol_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/peer"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// guestDoor is a target with a way in for guests.
type guestDoor struct {
	*trial.ProbeTarget
	addr string
}

func guestsAt(t *testing.T, change func(*grid.Options), options func(*grid.GuestOptions)) *guestDoor {
	t.Helper()
	x := trial.StartTarget(t, change)
	o := trial.GuestOptions()
	if options != nil {
		options(&o)
	}
	h, err := x.GuestHandler(o)
	if err != nil {
		t.Fatal(err)
	}
	return &guestDoor{x, serveGuests(t, h)}
}

// serveGuests returns the address at which guests are let in.
func serveGuests(t *testing.T, h http.Handler) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle(grid.GuestPath, h)
	srv := &http.Server{Handler: mux}
	go srv.Serve(ln)
	t.Cleanup(func() { srv.Close() })
	return ln.Addr().String()
}

func (d *guestDoor) conn(t *testing.T) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", d.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(trial.ProbePatience))
	return c
}

// try makes a session as a guest.
func (d *guestDoor) try(t *testing.T, h peer.Hello, token string, lines ...string) (*peer.Session, string, error) {
	t.Helper()
	return peer.DialGuest(d.conn(t), h, token, lines...)
}

// enter makes a session as a guest of ann, routes exchanged, and returns what was announced.
func (d *guestDoor) enter(t *testing.T, label string) (*peer.Session, *peer.Frame) {
	t.Helper()
	s, name, err := d.try(t, peer.NewGuestHello(label), "pass ann")
	if err != nil {
		t.Fatal(err)
	}
	routes := trial.GreetRoutes(t, s)
	ctx, cancel := context.WithTimeout(t.Context(), trial.ProbePatience)
	defer cancel()
	if err := d.Connection(name).WaitConnected(ctx); err != nil {
		t.Fatal(err)
	}
	return s, routes
}

// PROTOCOL.md: "The welcome's body is the guest's name: the label, a dot, and what the acceptor calls the user whose token it is. Under this name the guest is called."
func TestGuestIsNamedListedAndCalled(t *testing.T) {
	d := guestsAt(t, nil, nil)
	h := peer.NewGuestHello("tab1")
	s, name, err := d.try(t, h, "pass ann")
	if err != nil || name != "tab1.ann" {
		t.Fatal(name, err)
	}
	if s.Checksum {
		t.Error("checksums, which were not offered")
	}
	trial.GreetRoutes(t, s)
	trial.SendFrames(t, s, peer.NewFrame(peer.Routes, 0, peer.Route(0, 77, "", 0, 0, 0)))
	trial.SessionAlive(t, s, 1)
	if got := d.Guests(); !slices.Equal(got, []string{"tab1.ann"}) {
		t.Errorf("guests %q", got)
	}
	shown := false
	for _, p := range d.Snapshot().Peers {
		shown = shown || p.Name == "tab1.ann" && p.Guest && p.Phase == "connected"
	}
	if !shown || slices.Contains(d.Peers(), "tab1.ann") {
		t.Errorf("not shown as a guest, or among the peers %q", d.Peers())
	}
	answer := make(chan error, 1)
	go func() {
		got, err := d.Connection("tab1.ann").Request(t.Context(), 77, []byte("page"))
		if err == nil && string(got) != "hello" {
			err = errors.New(string(got))
		}
		answer <- err
	}()
	f := trial.ExpectFrame(t, s, peer.Call)
	trial.SendFrames(t, s, peer.NewFrame(peer.Reply, f.Uvarint(), 0, []byte("hello")))
	if err := <-answer; err != nil {
		t.Error(err)
	}
	s.Conn.Close()
	for deadline := time.Now().Add(trial.ProbePatience); len(d.Guests()) > 0 || d.Connection("tab1.ann") != nil; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("a guest that has gone is still there")
		}
	}
}

// PROTOCOL.md: "An acceptor announces to a guest the handlers only that guests may call. A call or an open of another is refused as if there were none, and the shape of another is answered by an empty table."
func TestGuestCallsWhatGuestsMay(t *testing.T) {
	d := guestsAt(t, nil, nil)
	s, routes := d.enter(t, "tab1")
	routes.Uvarint()
	var ids []uint64
	for len(routes.Body) > 0 && !routes.Bad {
		e := peer.Frame{Body: []byte(routes.String())}
		e.Uvarint()
		ids = append(ids, e.Uvarint())
	}
	if !slices.Equal(ids, []uint64{1, 4}) {
		t.Errorf("announced handlers %d", ids)
	}
	trial.SendFrames(t, s, trial.CallFrame(1, trial.RouteBulk), trial.CallFrame(2, 99), peer.NewFrame(peer.Open, 1, 4, 0, 4, 0))
	text := ""
	for _, want := range []byte{peer.Error, peer.Error, peer.End} {
		f := trial.ExpectFrame(t, s, want)
		got := f.Uvarint()
		if want == peer.End {
			f.Uvarint()
		}
		if outcome, code, message := f.Uvarint(), f.String(), f.String(); outcome != 2 || code != "unknown_handler" {
			t.Errorf("request %d: %d %s %q", got, outcome, code, message)
		} else {
			text += message + "\n"
		}
	}
	if !strings.Contains(text, "there is no handler with number 2\n") || !strings.Contains(text, "number 99\n") {
		t.Errorf("one that there is can be told from one that there is not: %s", text)
	}
	trial.SendFrames(t, s, peer.NewFrame(peer.Shapes, 0, 2), peer.NewFrame(peer.Shapes, 0, 60000))
	one, none := trial.ExpectFrame(t, s, peer.Shapes), trial.ExpectFrame(t, s, peer.Shapes)
	one.Uvarint()
	one.Uvarint()
	none.Uvarint()
	none.Uvarint()
	if string(one.Body) != string(none.Body) {
		t.Errorf("the shape of a handler that guests may not call: % x", one.Body)
	}
	trial.SessionAlive(t, s, 5)
	if err := d.RegisterSingleHandler(5000, func(context.Context, []byte) ([]byte, error) { return nil, nil }); err != nil {
		t.Fatal(err)
	}
	if f := trial.ExpectFrame(t, s, peer.Routes); f.Uvarint() != 0 || len(f.Body) != 0 {
		t.Errorf("a handler that was added is announced: % x", f.Body)
	}
}

// PROTOCOL.md: "A guest whose name is connected with another incarnation is rejected with `already_registered`."
func TestGuestComesBack(t *testing.T) {
	d := guestsAt(t, nil, nil)
	s, _ := d.enter(t, "tab1")
	other := peer.NewGuestHello("tab1")
	other[peer.TagIncarnation] = []byte("fedcba9876543210")
	_, _, err := d.try(t, other, "pass ann")
	trial.WantRejected(t, err, "already_registered", "each guest draws a label of its own")
	trial.SessionAlive(t, s, 1)
	again := peer.NewGuestHello("tab1")
	again[peer.TagAttempt] = []byte{2}
	back, name, err := d.try(t, again, "pass ann")
	if err != nil || name != "tab1.ann" {
		t.Fatal(name, err)
	}
	if c := trial.SessionGone(t, s); c != nil && c.Code != 1001 {
		t.Errorf("the old session of a guest that came back ends with %v", c)
	}
	trial.GreetRoutes(t, back)
	trial.SessionAlive(t, back, 1)
	// The same label with the token of another user is another guest.
	if _, name, err := d.try(t, other, "pass bob"); err != nil || name != "tab1.bob" {
		t.Error(name, err)
	}
}

// Two GuestHandlers share a node, not names: who comes in at one cannot take the place of
// who came in at the other.
func TestGuestsOfTwoKinds(t *testing.T) {
	d := guestsAt(t, nil, nil)
	s, _ := d.enter(t, "tab1")
	o := trial.GuestOptions()
	o.Handlers = nil
	h, err := d.GuestHandler(o)
	if err != nil {
		t.Fatal(err)
	}
	other := &guestDoor{d.ProbeTarget, serveGuests(t, h)}
	_, _, err = other.try(t, peer.NewGuestHello("tab1"), "pass ann")
	trial.WantRejected(t, err, "permission_denied", "is taken")
	trial.SessionAlive(t, s, 1)
}

// A node that gets the name of a guest is that node from then on: the guest goes, and does
// not come back under that name.
func TestGuestGivesWayToANode(t *testing.T) {
	d := guestsAt(t, nil, nil)
	s, _ := d.enter(t, "tab1")
	if err := d.AddPeer(grid.Peer{Name: "tab1.ann"}); err != nil {
		t.Fatal(err)
	}
	if c := trial.SessionGone(t, s); c != nil && (c.Code != 1000 || !strings.Contains(c.Reason, "now belongs to a node")) {
		t.Errorf("%v", c)
	}
	again := peer.NewGuestHello("tab1")
	again[peer.TagAttempt] = []byte{2}
	_, _, err := d.try(t, again, "pass ann")
	trial.WantRejected(t, err, "permission_denied", "is taken")
	trial.SessionAlive(t, d.Session(t, "tab1.ann"), 1) // by the key of nodes
	if len(d.Guests()) != 0 || !slices.Contains(d.Peers(), "tab1.ann") {
		t.Errorf("guests %q, peers %q", d.Guests(), d.Peers())
	}
}

// A node that proves itself by the key of nodes gets no guest's place, nor the guest's limits.
func TestNodeIsNoGuest(t *testing.T) {
	d := guestsAt(t, func(o *grid.Options) { o.Accept = func(string) bool { return true } }, nil)
	s, _ := d.enter(t, "tab1")
	_, err := peer.Dial(d.Conn(t), peer.NewHello("tab1.ann", "target"), trial.TestKey)
	trial.WantRejected(t, err, "permission_denied", "taken by a guest")
	trial.SessionAlive(t, s, 1)
	if c := d.Session(t, "tool"); c == nil || !slices.Equal(d.Guests(), []string{"tab1.ann", "tool"}) {
		t.Errorf("guests %q", d.Guests())
	}
}

// RemovePeer sends a guest away.
func TestGuestIsSentAway(t *testing.T) {
	d := guestsAt(t, nil, nil)
	s, _ := d.enter(t, "tab1")
	d.RemovePeer("tab1.ann")
	if c := trial.SessionGone(t, s); c == nil || c.Code != 1000 || c.Reason == "" {
		t.Errorf("%v", c)
	}
}

// Observers hear of guests that come, go and are refused.
func TestGuestsAreObserved(t *testing.T) {
	seen := make(chan grid.SessionEvent, 10)
	d := guestsAt(t, func(o *grid.Options) { o.Observers = []grid.Observer{sessionObserver{seen: seen}} }, nil)
	s, _ := d.enter(t, "tab1")
	s.Conn.Close()
	up, down := <-seen, <-seen
	d.try(t, peer.NewGuestHello("tab2"), "stolen")
	refused := <-seen
	for _, e := range []grid.SessionEvent{up, down} {
		if e.Peer != "tab1.ann" || !e.Guest {
			t.Errorf("%+v", e)
		}
	}
	if up.Change != grid.SessionUp || down.Change != grid.SessionDown || refused.Change != grid.SessionRefused || !refused.Guest || refused.Code != grid.Unauthenticated {
		t.Errorf("%v, %v, %+v", up.Change, down.Change, refused)
	}
}

// sessionObserver passes on what it is told of sessions.
type sessionObserver struct{ seen chan<- grid.SessionEvent }

func (o sessionObserver) Begin(ctx context.Context, _ *grid.CallInfo) context.Context { return ctx }
func (o sessionObserver) End(context.Context, *grid.CallInfo, grid.CallEnd)           {}
func (o sessionObserver) Session(e grid.SessionEvent)                                 { o.seen <- e }

// A handler knows who calls.
func TestGuestIsKnownToHandlers(t *testing.T) {
	d := guestsAt(t, func(o *grid.Options) {
		o.Register = func(m *grid.Manager) error {
			return m.RegisterSingleHandler(50, func(ctx context.Context, _ []byte) ([]byte, error) {
				info := grid.GetCallerInfo(ctx)
				return []byte(info.Name + " " + info.User), nil
			})
		}
	}, func(o *grid.GuestOptions) { o.Handlers = []string{"50"} })
	s, _ := d.enter(t, "tab1")
	trial.SendFrames(t, s, trial.CallFrame(1, 0))
	f := trial.ExpectFrame(t, s, peer.Reply)
	f.Uvarint()
	f.Uvarint()
	if string(f.Body) != "tab1.ann ann" {
		t.Errorf("%q", f.Body)
	}
}

// A page that is closed or left, as all are some day, is no warning; a node that ends so is
// one still.
func TestGuestLeavesThePage(t *testing.T) {
	d := guestsAt(t, nil, nil)
	s, _ := d.enter(t, "tab1")
	node := d.Session(t, "probe")
	for _, left := range []*peer.Session{s, node} {
		if err := left.Write(peer.OpClose, []byte("\x03\xe9")); err != nil {
			t.Fatal(err)
		}
		trial.SessionGone(t, left)
	}
	d.Log.Await(t, "level=INFO", `msg="grid: disconnected" peer=tab1.ann`, "the page was closed or left")
	d.Log.Await(t, "level=WARN", `msg="grid: disconnected" peer=probe`, "closed with 1001")
}
