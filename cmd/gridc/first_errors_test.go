package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/debug"
)

// firstError is a mistake that one makes when two nodes meet for the first time.
type firstError struct {
	name    string
	proof   string                // of the node that is dialed
	as      string                // it is dialed as
	change  func(o *grid.Options) // of the node that dials
	flags   []string              // of the call that makes the same mistake
	says    string                // what to do: in the log, on the page and in the call
	hint    string                // in the call alone: with which flag
	atOther bool                  // the node that is dialed knows as well
}

var firstErrors = []firstError{
	{name: "not among the peers", proof: "key", as: "NODE", change: func(*grid.Options) {}, flags: []string{"--key-file", "key", "--as", "stranger"},
		says: `"stranger" is not among the peers of "NODE": add it to Options.Peers or the Resolver there, or let Options.Accept admit it`, hint: "--as", atOther: true},
	{name: "another key", proof: "key", as: "NODE", change: func(o *grid.Options) { o.Auth = grid.SharedKey([]byte("another key of many bytes")) }, flags: []string{"--key-file", "operator.pem", "--as", "stranger"},
		says: "wrong key: Options.Auth needs the same one at both ends", hint: "--key-file", atOther: true},
	{name: "another proof", proof: "key", as: "NODE", change: func(o *grid.Options) { o.Auth = grid.InsecureNoAuth() }, flags: []string{"--insecure", "--as", "stranger"},
		says: "Options.Auth has to be of one kind at both ends", hint: "--insecure", atOther: true},
	{name: "another name", proof: "key", as: "OTHER", change: func(*grid.Options) {}, flags: []string{"--key-file", "key", "--as", "stranger"},
		says: `this is "NODE", not "OTHER": is the address that is dialed that of "OTHER", and Options.Name here right?`, hint: "before the @", atOther: true},
	{name: "TLS against plain", proof: "key", as: "NODE", change: func(o *grid.Options) { o.TLS = &tls.Config{} }, flags: []string{"--key-file", "key", "--tls"},
		says: "does not speak TLS, for which Options.TLS is set, or wss:// in its address", hint: "--tls"},
	{name: "plain against TLS", proof: "token", as: "NODE", change: func(*grid.Options) {}, flags: []string{"--key-file", "key"},
		says: "speaks TLS: set Options.TLS, or wss:// in its address", hint: "--tls"},
	{name: "another path", proof: "key", as: "NODE", change: func(o *grid.Options) { o.Path = "/elsewhere" }, flags: []string{"--key-file", "key", "--path", "/elsewhere"},
		says: "is Manager.Handler served there, at the path that is dialed?", hint: "--path"},
}

// What goes wrong when two nodes meet for the first time is told with what to do: in the
// logs, on the pages, and by `gridc call`, alike.
func TestFirstErrorsSayWhatToDo(t *testing.T) {
	a := newAuthority(t)
	dir := t.TempDir()
	if err := a.writeFiles(dir); err != nil {
		t.Fatal(err)
	}
	for _, e := range firstErrors {
		t.Run(e.name, func(t *testing.T) { e.test(t, a, dir) })
	}
}

func (e *firstError) test(t *testing.T, a *authority, dir string) {
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	var theirs, mine log
	address, stop := startLogging(check, "NODE", e.proof, a, slog.New(slog.NewTextHandler(&theirs, nil)))
	defer stop()
	o := grid.Options{Name: "stranger", CallOnly: true, Auth: grid.SharedKey([]byte(testKey)),
		Peers: []grid.Peer{{Name: e.as, Address: address}}, Logger: slog.New(slog.NewTextHandler(&mine, nil))}
	e.change(&o)
	m, err := grid.NewManager(o)
	check(err)
	defer m.Shutdown(context.Background())
	page := httptest.NewServer(debug.Handler(m))
	defer page.Close()

	e.told(t, "the log of who dials", func() string { return withoutQuotes(&mine) })
	e.told(t, "the page of who dials", func() string { return pageAt(page.URL) })
	if e.atOther {
		e.told(t, "the log of the other", func() string { return withoutQuotes(&theirs) })
		e.told(t, "the page of the other", func() string { return pageAt("http://" + address + "/debug/grid/") })
	}
	said := e.call(t, dir, address)
	e.told(t, "the call", func() string { return said })
	if _, hint, _ := strings.Cut(said, `"hint":`); !strings.Contains(hint, e.hint) {
		t.Errorf("the call's hint does not speak of %s: %s", e.hint, said)
	}
}

// call makes the same mistake with `gridc call`.
func (e *firstError) call(t *testing.T, dir, address string) string {
	t.Helper()
	var stderr bytes.Buffer
	args := []string{"call", e.as + "@" + address, "--list"}
	for i, flag := range e.flags {
		if i > 0 && e.flags[i-1] == "--key-file" {
			flag = filepath.Join(dir, flag)
		}
		args = append(args, flag)
	}
	if status := run(args, &environment{stdout: io.Discard, stderr: &stderr, getenv: func(string) string { return "" }}); status != 10 {
		t.Errorf("gridc call: status %d", status)
	}
	return strings.ReplaceAll(stderr.String(), `\"`, `"`)
}

// told waits until something says what to do.
func (e *firstError) told(t *testing.T, where string, read func() string) {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		said := read()
		if strings.Contains(said, e.says) {
			return
		}
		if time.Now().After(end) {
			t.Errorf("%s does not say %q:\n%s", where, e.says, said)
			return
		}
	}
}

// pageAt is the text of a page.
func pageAt(url string) string {
	r, err := http.Get(url)
	if err != nil {
		return err.Error()
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err.Error()
	}
	return html.UnescapeString(string(body))
}

// withoutQuotes is a log without the quotes that it puts around values.
func withoutQuotes(l *log) string { return strings.ReplaceAll(l.String(), `\"`, `"`) }
