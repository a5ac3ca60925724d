//go:build node

package proof

import (
	"bufio"
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gridrpc/gridc/docs/kv/gen/kv"
	grid "github.com/gridrpc/gridc/runtime"
)

// values are served to the script, as the script serves its own.
type values struct {
	kv.UnimplementedKVServer

	mu sync.Mutex
	m  map[string]string
}

func (v *values) get(key string) (string, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	value, ok := v.m[key]
	return value, ok
}

func (v *values) Get(_ context.Context, req *kv.Key) (*kv.Entry, error) {
	value, ok := v.get(req.Name)
	if !ok {
		return nil, &kv.NotFound{Key: req.Name}
	}
	return &kv.Entry{Key: req.Name, Value: value}, nil
}

func (v *values) Put(_ context.Context, req *kv.Entry) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.m[req.Key] = req.Value
	return nil
}

func (v *values) Watch(_ context.Context, payload *kv.WatchRequest, out *grid.Sender[*kv.Entry]) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	for key, value := range v.m {
		if strings.HasPrefix(key, payload.Prefix) {
			if err := out.Send(&kv.Entry{Key: key, Value: value}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (v *values) Load(ctx context.Context, in *grid.Receiver[*kv.Entry]) (*kv.LoadResponse, error) {
	res := &kv.LoadResponse{}
	for entry, err := range in.All() {
		if err != nil {
			return nil, err
		}
		res.Count++
		if err := v.Put(ctx, entry); err != nil {
			return nil, err
		}
	}
	return res, nil
}

func (v *values) Lookup(_ context.Context, in *grid.Receiver[*kv.Key], out *grid.Sender[*kv.Entry]) error {
	for key, err := range in.All() {
		if err != nil {
			return err
		}
		value, _ := v.get(key.Name)
		if err := out.Send(&kv.Entry{Key: key.Name, Value: value}); err != nil {
			return err
		}
	}
	return nil
}

// Generated clients and servers of both languages call each other: an rpc, its declared
// error, an upload with its response, and streams either way.
func TestTypeScriptCalls(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	m, err := grid.NewManager(grid.Options{
		Name: "node", Peers: []grid.Peer{{Name: "page"}}, Auth: grid.InsecureNoAuth(), Logger: slog.New(slog.DiscardHandler),
		Register: func(m *grid.Manager) error { return kv.RegisterKV(m, &values{m: map[string]string{}}) },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Shutdown(ctx)
	server := httptest.NewServer(m.Handler())
	defer server.Close()

	n := newNode(t)
	generateTypeScript(t, n.folder, true, "../../../docs/kv/kv.grid")
	script, err := os.ReadFile("node/kv.mjs")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(n.folder, "kv.mjs"), script, 0o644); err != nil {
		t.Fatal(err)
	}
	ws, err := filepath.Abs("../../../ts/node_modules/ws/wrapper.mjs")
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(ctx, "node", "kv.mjs", "ws"+strings.TrimPrefix(server.URL, "http")+grid.DefaultPath, ws)
	command.Dir, command.Stderr = n.folder, os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "called\n" {
		t.Errorf("the script says %q: %v", line, err)
	} else {
		callScript(ctx, t, kv.NewKVClient(m.Connection("page")))
	}
	_ = in.Close()
	if err := command.Wait(); err != nil {
		t.Error(err)
	}
}

// callScript calls what the script serves.
func callScript(ctx context.Context, t *testing.T, c *kv.KVClient) {
	t.Helper()
	if entry, err := c.Get(ctx, &kv.Key{Name: "here"}); err != nil || entry.Value != "in the page" {
		t.Errorf("Get: %v, %v", entry, err)
	}
	var missing *kv.NotFound
	if _, err := c.Get(ctx, &kv.Key{Name: "nowhere"}); !errors.As(err, &missing) || missing.Key != "nowhere" {
		t.Errorf("Get of what is not there: %v", err)
	}
	if err := c.Put(ctx, &kv.Entry{Key: "x", Value: "y"}); err != nil {
		t.Error("Put:", err)
	}
	up, err := c.Load(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"one", "two"} {
		if err := up.Send(&kv.Entry{Key: key, Value: key}); err != nil {
			t.Fatal(err)
		}
	}
	if res, err := up.CloseAndRecv(); err != nil || res.Count != 2 {
		t.Errorf("Load: %v, %v", res, err)
	}
	var keys []string
	watch, err := c.Watch(ctx, &kv.WatchRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for entry, err := range watch.All() {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, entry.Key)
	}
	if slices.Sort(keys); !slices.Equal(keys, []string{"here", "one", "two", "x"}) {
		t.Errorf("Watch: %q", keys)
	}
	lookup, err := c.Lookup(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(lookup.Send(&kv.Key{Name: "one"}), lookup.Send(&kv.Key{Name: "none"}), lookup.CloseSend()); err != nil {
		t.Fatal(err)
	}
	var found []string
	for entry, err := range lookup.All() {
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, entry.Key+"="+entry.Value)
	}
	if !slices.Equal(found, []string{"one=one", "none="}) {
		t.Errorf("Lookup: %q", found)
	}
}
