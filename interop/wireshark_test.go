package interop_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	grid "github.com/gridrpc/gridc/runtime"
)

// account is what a node says of its calls and streams: how many of each handler, and
// what became of them.
type account struct {
	mu    sync.Mutex
	calls map[string]int // by "handler code"
	bytes map[string]uint64
	in    map[string]uint64 // messages of streams
	out   map[string]uint64
}

func newAccount() *account {
	return &account{calls: map[string]int{}, bytes: map[string]uint64{}, in: map[string]uint64{}, out: map[string]uint64{}}
}

func (a *account) Begin(ctx context.Context, _ *grid.CallInfo) context.Context { return ctx }
func (a *account) Session(grid.SessionEvent)                                   {}
func (a *account) End(_ context.Context, call *grid.CallInfo, end grid.CallEnd) {
	a.mu.Lock()
	defer a.mu.Unlock()
	id := strconv.Itoa(int(call.ID))
	a.calls[strings.TrimSpace(id+" "+string(end.Code))]++
	a.bytes[id] += end.BytesSent
	a.out[id] += end.MessagesSent
	a.in[id] += end.MessagesReceived
}

// wiresharkPair is two nodes whose connection is captured, with the dialer's account.
func wiresharkPair(t *testing.T) (*grid.Connection, *account, *capture, func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	server, err := grid.NewManager(grid.Options{Name: "server", Peers: []grid.Peer{{Name: "client"}}, Auth: grid.SharedKey([]byte(key)), Logger: quiet, Register: registerShown})
	if err != nil {
		t.Fatal(err)
	}
	web := &http.Server{Handler: server.Handler()}
	go func() { _ = web.Serve(l) }()
	packets, told := newCapture(), newAccount()
	client, err := grid.NewManager(grid.Options{
		Name: "client", Peers: []grid.Peer{{Name: "server", Address: l.Addr().String(), Dial: true}}, Auth: grid.SharedKey([]byte(key)), Logger: quiet,
		Observers: []grid.Observer{told},
		Dial: func(ctx context.Context, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
			if err != nil {
				return nil, err
			}
			return &captured{conn, packets}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	end := sync.OnceFunc(func() {
		_ = client.Shutdown(context.Background())
		_ = server.Shutdown(context.Background())
		_ = web.Close()
	})
	t.Cleanup(end)
	return client.Connection("server"), told, packets, end
}

// registerShown serves a call under a subroute, one that fails, and a stream that sends
// back what it is sent.
func registerShown(m *grid.Manager) error {
	echo := func(_ context.Context, p []byte) ([]byte, error) { return p, nil }
	refuse := func(context.Context, []byte) ([]byte, error) {
		return nil, grid.NewError(grid.NotFound, "no such thing")
	}
	back := grid.StreamHandler{InCapacity: 4, OutCapacity: 4, Handle: func(ctx context.Context, _ []byte, in <-chan []byte, out chan<- []byte) error {
		for msg := range in {
			select {
			case out <- msg:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	}}
	for _, err := range []error{m.RegisterSingleHandler(idEcho, echo, "a", "b"), m.RegisterSingleHandler(idRefuse, refuse), m.RegisterStreamingHandler(idRelay, back)} {
		if err != nil {
			return err
		}
	}
	return nil
}

// useIt makes calls of several sizes, one of them in chunks, and a stream.
func useIt(t *testing.T, c *grid.Connection) {
	t.Helper()
	ctx := grid.WaitForReady(limited(t))
	for i, size := range []int{0, 10, 5000, 200_000} {
		ctx := grid.WithMetadata(ctx, map[string]string{"number": strconv.Itoa(i)})
		if _, err := c.Subroute("a", "b").Request(ctx, idEcho, make([]byte, size)); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if _, err := c.Request(ctx, idRefuse, []byte("x")); grid.OutcomeOf(err) != grid.Ran {
			t.Fatal(err)
		}
	}
	stream, err := c.NewStream(ctx, idRelay, []byte("begin"))
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for i := range 9 {
			stream.Requests <- fmt.Appendf(nil, "message %d", i)
		}
		close(stream.Requests)
	}()
	if err := stream.Results(func([]byte) error { return nil }); err != nil {
		t.Fatal(err)
	}
}

// The dissector sees the frames that the nodes say they have sent, and names their handlers.
func TestWireshark(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("there is no tshark here; it is in Debian's package of that name")
	}
	c, told, packets, end := wiresharkPair(t)
	useIt(t, c)
	end()
	file := filepath.Join(t.TempDir(), "session.pcap")
	if err := os.WriteFile(file, packets.bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	script, err := filepath.Abs("../editors/wireshark/gridc.lua")
	if err != nil {
		t.Fatal(err)
	}
	show := func(args ...string) string {
		t.Helper()
		out, err := exec.CommandContext(limited(t), tshark, append([]string{"-r", file, "-X", "lua_script:" + script}, args...)...).Output()
		if err != nil {
			t.Fatalf("tshark: %v\n%s", err, out)
		}
		return string(out)
	}
	if bad := show("-Y", "gridc.malformed || _ws.lua.error || _ws.malformed", "-V"); bad != "" {
		t.Fatalf("something is malformed:\n%.4000s", bad)
	}
	hellos := show("-Y", "gridc.handshake == 1", "-T", "fields", "-e", "ip.src", "-e", "gridc.name", "-e", "gridc.target_name", "-e", "gridc.scheme", "-e", "gridc.checksums")
	if hellos != "10.0.0.1\tclient\tserver\thmac-sha256\tx-\n10.0.0.2\tserver\tclient\thmac-sha256\tx-\n" {
		t.Errorf("the hellos are\n%s", hellos)
	}
	// A packet that is clicked is dissected again, as in a second pass.
	all := []string{"-Y", "gridc", "-T", "fields", "-e", "gridc.handshake", "-e", "gridc.kind", "-e", "gridc.id", "-e", "gridc.handler", "-e", "gridc.subroute", "-e", "gridc.checksum", "-e", "_ws.col.Info"}
	if once, twice := show(all...), show(append(all, "-2")...); once != twice {
		t.Errorf("dissected again it is\n%.2000s, and was\n%.2000s", twice, once)
	}
	compare(t, show, told)
}

// compare counts what tshark shows, and what the client says.
func compare(t *testing.T, show func(args ...string) string, told *account) {
	t.Helper()
	count := func(filter, field string) map[string]int {
		all := make(map[string]int)
		for line := range strings.Lines(show("-Y", filter, "-T", "fields", "-E", "occurrence=a", "-E", "aggregator=,", "-e", field)) {
			for value := range strings.SplitSeq(strings.TrimSpace(line), ",") {
				all[value]++
			}
		}
		return all
	}
	kinds := count("gridc.kind", "gridc.kind")
	told.mu.Lock()
	defer told.mu.Unlock()
	relay := strconv.Itoa(int(idRelay))
	want := map[string]int{
		"1": told.calls[strconv.Itoa(int(idEcho))] + told.calls[strconv.Itoa(int(idRefuse))+" not_found"],
		"2": told.calls[strconv.Itoa(int(idEcho))],
		"3": told.calls[strconv.Itoa(int(idRefuse))+" not_found"],
		"4": told.calls[relay],
		"5": int(told.out[relay] + told.in[relay]), // fits: few
	}
	got := maps.Clone(kinds)
	maps.DeleteFunc(got, func(kind string, _ int) bool { return want[kind] == 0 })
	if want["1"] != 6 || want["5"] != 18 || !maps.Equal(got, want) {
		t.Errorf("tshark shows frames of kinds %v, the nodes tell of %v", got, want)
	}
	if kinds["9"] == 0 || kinds["13"] < 2 {
		t.Errorf("it shows no chunks, or no routes: %v", kinds)
	}
	if codes := count("gridc.kind == 3", "gridc.code"); codes["not_found"] != 2 {
		t.Errorf("the codes of errors are %v", codes)
	}
	if numbers := count("gridc.metadata.key == \"number\"", "gridc.metadata.value"); len(numbers) != 4 {
		t.Errorf("the metadata are %v", numbers)
	}
	// Handlers are named wherever they are spoken of: in the server's routes, in requests,
	// and in what answers them.
	handlers := count("gridc.handler", "gridc.handler")
	if wantHandlers := map[string]int{"1": 1 + 2*4, "4": 1 + 2*2, "2": 1 + 1 + 18 + 2}; !maps.Equal(handlers, wantHandlers) {
		t.Errorf("the handlers are %v, want %v", handlers, wantHandlers)
	}
	// The list of packets has the last message of each.
	info := show("-Y", "gridc.kind", "-T", "fields", "-e", "_ws.col.Info")
	for _, text := range []string{" handler 1", " handler 4", " handler 2", "chunk"} {
		if !strings.Contains(info, text) {
			t.Errorf("%q is not in the list:\n%.3000s", text, info)
		}
	}
	if subroutes := count("gridc.kind == 1 && gridc.subroute", "gridc.subroute"); subroutes["a/b"] < 4 {
		t.Errorf("the subroutes are %v", subroutes)
	}
}
