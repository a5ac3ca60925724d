package gridc_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/gridrpc/gridc/examples/gen/common"
	"github.com/gridrpc/gridc/examples/gen/storage"
	grid "github.com/gridrpc/gridc/runtime"
)

// These tests use what gridc generates from examples/storage.grid as its users
// do: two servers on TCP sockets, each with a disk, each calling the other.

// server is one process: a Manager that is reachable through an http.Server.
type server struct {
	*grid.Manager
	http *http.Server

	mu      sync.Mutex
	sockets []net.Conn // that it has dialed
}

// dial is grid.Options.Dial: plain TCP, which cut can break.
func (s *server) dial(ctx context.Context, address string) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", address)
	if err == nil {
		s.mu.Lock()
		s.sockets = append(s.sockets, conn)
		s.mu.Unlock()
	}
	return conn, err
}

// cut breaks the sockets that a server has dialed.
func (s *server) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, conn := range s.sockets {
		conn.Close()
	}
}

// cluster starts the servers "east" and "west", which serve the disks given.
func cluster(t *testing.T, east, west storage.StorageServer) (eastNode, westNode *server) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	before := goleak.IgnoreCurrent()
	var peers []grid.Peer
	var listeners []net.Listener
	for _, name := range []string{"east", "west"} {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		listeners = append(listeners, ln)
		peers = append(peers, grid.Peer{Name: name, Address: ln.Addr().String()})
	}
	var nodes []*server
	for i, disk := range []storage.StorageServer{east, west} {
		nodes = append(nodes, start(t, peers[i].Name, peers, listeners[i], disk))
	}
	t.Cleanup(func() {
		cancel()
		for _, n := range nodes {
			n.stop(t)
		}
		goleak.VerifyNone(t, before)
	})
	for i, n := range nodes {
		wait, done := context.WithTimeout(ctx, 10*time.Second)
		if err := n.Connection(peers[1-i].Name).WaitConnected(wait); err != nil {
			t.Fatal(err)
		}
		done()
	}
	return nodes[0], nodes[1]
}

// start is what the main function of a server does.
func start(t *testing.T, name string, peers []grid.Peer, ln net.Listener, disk storage.StorageServer) *server {
	t.Helper()
	s := &server{}
	m, err := grid.NewManager(grid.Options{Name: name, Peers: peers, Auth: grid.SharedKey([]byte("the cluster's secret")), Dial: s.dial})
	if err != nil {
		t.Fatal(err)
	}
	if err := storage.RegisterStorage(m, "disk1", disk); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle(grid.DefaultPath, m.Handler())
	s.Manager, s.http = m, &http.Server{Handler: mux}
	go s.http.Serve(ln)
	return s
}

func (s *server) stop(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Errorf("Shutdown of %s: %v", s.Name(), err)
	}
	s.http.Close()
}

// disk returns the client for disk1 of a peer.
func (s *server) disk(peer string) *storage.StorageClient {
	return storage.NewStorageClient(s.Connection(peer), "disk1")
}

// bothWays runs a test from east to west, and from west to east: one of them
// dialed, the other accepted.
func bothWays(t *testing.T, fake storage.StorageServer, test func(t *testing.T, disk *storage.StorageClient)) {
	t.Helper()
	east, west := cluster(t, fake, fake)
	t.Run("east calls west", func(t *testing.T) { test(t, east.disk("west")) })
	t.Run("west calls east", func(t *testing.T) { test(t, west.disk("east")) })
}

// A request and its response, with all that a message can hold.
func TestStorageCall(t *testing.T) {
	fake := &storage.StorageFuncs{
		DiskInfoFunc: func(ctx context.Context, req *storage.DiskInfoOptions) (*storage.DiskInfo, error) {
			if !req.Metrics {
				return nil, grid.NewError(grid.InvalidArgument, "metrics were asked for")
			}
			return &storage.DiskInfo{
				Total: 1 << 40, Free: 1 << 39, State: storage.DiskStateOnline,
				Endpoint: grid.GetCaller(ctx) + " called " + grid.GetSubroute(ctx),
				Metrics:  &storage.DiskMetrics{Writes: 7, Latency: 3 * time.Millisecond},
				Labels:   map[string]string{"rack": "12"},
			}, nil
		},
	}
	east, _ := cluster(t, &storage.StorageFuncs{}, fake)
	info, err := east.disk("west").DiskInfo(t.Context(), &storage.DiskInfoOptions{Metrics: true})
	if err != nil {
		t.Fatal(err)
	}
	if info.Total != 1<<40 || info.State != storage.DiskStateOnline || info.Endpoint != "east called disk1" ||
		info.Metrics == nil || info.Metrics.Latency != 3*time.Millisecond || info.Labels["rack"] != "12" {
		t.Errorf("got %+v, %+v", info, info.Metrics)
	}
}

// A handler without a response answers "done" or why not.
func TestStorageCallWithoutResponse(t *testing.T) {
	fake := &storage.StorageFuncs{DeleteFileFunc: func(_ context.Context, req *storage.DeleteFileRequest) error {
		if req.Path == "missing" {
			return &storage.FileNotFound{Volume: req.Volume, Path: req.Path}
		}
		return nil
	}}
	bothWays(t, fake, func(t *testing.T, disk *storage.StorageClient) {
		if err := disk.DeleteFile(t.Context(), &storage.DeleteFileRequest{Volume: "v", Path: "there"}); err != nil {
			t.Error(err)
		}
		var missing *storage.FileNotFound
		err := disk.DeleteFile(t.Context(), &storage.DeleteFileRequest{Volume: "v", Path: "missing"})
		if !errors.As(err, &missing) || missing.Volume != "v" || missing.Path != "missing" {
			t.Errorf("got %v, want a FileNotFound", err)
		}
	})
}

// Errors that the handler declares arrive as what they are, also those of
// another package; all others tell the caller nothing but that there was one.
func TestStorageErrors(t *testing.T) {
	returned := map[string]error{
		"declared":   &storage.DiskOffline{},
		"imported":   &common.Denied{},
		"undeclared": errors.New("dial tcp 10.0.0.7:5432: password authentication failed"),
	}
	fake := &storage.StorageFuncs{ReadVersionFunc: func(_ context.Context, req *storage.ReadVersionRequest) (*storage.FileInfo, error) {
		return nil, returned[req.Path]
	}}
	bothWays(t, fake, func(t *testing.T, disk *storage.StorageClient) {
		read := func(path string) error {
			_, err := disk.ReadVersion(t.Context(), &storage.ReadVersionRequest{Path: path})
			return err
		}
		var offline *storage.DiskOffline
		if err := read("declared"); !errors.As(err, &offline) {
			t.Errorf("got %v, want a DiskOffline", err)
		}
		var denied *common.Denied
		if err := read("imported"); !errors.As(err, &denied) {
			t.Errorf("got %v, want a Denied", err)
		}
		err := read("undeclared")
		if !errors.Is(err, grid.ErrInternal) || !grid.IsRemote(err) || grid.OutcomeOf(err) != grid.Ran {
			t.Errorf("got %v, want an internal error of the handler", err)
		}
		if _, err := disk.DiskInfo(t.Context(), storage.NewDiskInfoOptions()); !errors.Is(err, grid.ErrNotImplemented) || grid.OutcomeOf(err) != grid.Rejected {
			t.Errorf("a handler without a function: %v", err)
		}
	})
}

// A stream from the server: its messages in order, then the end.
func TestStorageWalk(t *testing.T) {
	const entries = 5000
	fake := &storage.StorageFuncs{WalkDirFunc: func(_ context.Context, o *storage.WalkDirOptions, out *grid.Sender[*storage.WalkEntry]) error {
		for i := range entries {
			if err := out.Send(&storage.WalkEntry{Name: fmt.Sprintf("%s/%04d", o.Prefix, i)}); err != nil {
				return err
			}
		}
		if o.Recursive {
			return &storage.DiskOffline{}
		}
		return nil
	}}
	bothWays(t, fake, func(t *testing.T, disk *storage.StorageClient) {
		walk, err := disk.WalkDir(t.Context(), &storage.WalkDirOptions{Prefix: "p"})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for entry, err := range walk.All() {
			if err != nil {
				t.Fatal(err)
			}
			if want := fmt.Sprintf("p/%04d", n); entry.Name != want {
				t.Fatalf("got %s, want %s", entry.Name, want)
			}
			n++
		}
		if n != entries {
			t.Errorf("%d entries", n)
		}

		// An error comes after what was sent before it.
		walk, err = disk.WalkDir(t.Context(), &storage.WalkDirOptions{Prefix: "p", Recursive: true})
		if err != nil {
			t.Fatal(err)
		}
		n = 0
		var offline *storage.DiskOffline
		for _, err := range walk.All() {
			if err == nil {
				n++
			} else if !errors.As(err, &offline) {
				t.Errorf("the stream ended with %v", err)
			}
		}
		if n != entries || offline == nil {
			t.Errorf("%d entries, then %v", n, offline)
		}
	})
}

// Leaving the loop over a stream ends it, and its handler hears of it.
func TestStorageWalkGivenUp(t *testing.T) {
	ended := make(chan error, 1)
	fake := &storage.StorageFuncs{WalkDirFunc: func(ctx context.Context, _ *storage.WalkDirOptions, out *grid.Sender[*storage.WalkEntry]) error {
		var err error
		for err == nil {
			err = out.Send(&storage.WalkEntry{Name: "one of many"})
		}
		<-ctx.Done()
		ended <- grid.Cause(ctx)
		return err
	}}
	bothWays(t, fake, func(t *testing.T, disk *storage.StorageClient) {
		walk, err := disk.WalkDir(t.Context(), &storage.WalkDirOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range walk.All() {
			if err != nil {
				t.Error(err)
			}
			break
		}
		if err := <-ended; !errors.Is(err, grid.ErrCanceled) {
			t.Errorf("the handler ended because of %v", err)
		}
	})
}

// A stream in both directions, of a union one way and acknowledgements the other.
func TestStorageReplicate(t *testing.T) {
	const operations = 2000
	fake := &storage.StorageFuncs{ReplicateFunc: func(_ context.Context, in *grid.Receiver[*storage.Op], out *grid.Sender[*storage.Ack]) error {
		seq := uint64(0)
		for op, err := range in.All() {
			if err != nil {
				return err
			}
			seq++
			if err := out.Send(&storage.Ack{Seq: seq, Failed: op.Delete != nil}); err != nil {
				return err
			}
		}
		return nil
	}}
	bothWays(t, fake, func(t *testing.T, disk *storage.StorageClient) {
		st, err := disk.Replicate(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for i := range operations {
				op := &storage.Op{Put: &storage.FileInfo{Name: "new"}}
				if i%2 == 1 {
					op = &storage.Op{Delete: &storage.DeleteFileRequest{Path: "old"}}
				}
				if err := st.Send(op); err != nil {
					t.Error(err)
					return
				}
			}
			st.CloseSend()
		}()
		for i := range uint64(operations) {
			ack, err := st.Recv()
			if err != nil || ack.Seq != i+1 || ack.Failed != (i%2 == 1) {
				t.Fatalf("ack %d: %+v, %v", i, ack, err)
			}
		}
		if _, err := st.Recv(); err != io.EOF {
			t.Errorf("after the last: %v", err)
		}
	})
}

// stuckDisk tells when a handler of it starts and why its context ended.
func stuckDisk() (disk *storage.StorageFuncs, started chan struct{}, ended chan error) {
	started, ended = make(chan struct{}, 10), make(chan error, 10)
	wait := func(ctx context.Context) error {
		started <- struct{}{}
		<-ctx.Done()
		ended <- grid.Cause(ctx)
		return ctx.Err()
	}
	return &storage.StorageFuncs{
		DeleteFileFunc: func(ctx context.Context, _ *storage.DeleteFileRequest) error { return wait(ctx) },
		ReplicateFunc: func(ctx context.Context, _ *grid.Receiver[*storage.Op], _ *grid.Sender[*storage.Ack]) error {
			return wait(ctx)
		},
	}, started, ended
}

// Giving up, and running out of time, reach the handler.
func TestStorageCancelAndDeadline(t *testing.T) {
	fake, started, ended := stuckDisk()
	bothWays(t, fake, func(t *testing.T, disk *storage.StorageClient) {
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-started
			cancel()
		}()
		err := disk.DeleteFile(ctx, &storage.DeleteFileRequest{})
		if !errors.Is(err, context.Canceled) || grid.OutcomeOf(err) != grid.MayHaveRun {
			t.Errorf("canceled: %v", err)
		}
		if err := <-ended; !errors.Is(err, grid.ErrCanceled) {
			t.Errorf("the handler ended because of %v", err)
		}

		const d = 100 * time.Millisecond
		begin := time.Now() // first: the deadline counts from when the context is made
		ctx, cancel = context.WithTimeout(t.Context(), d)
		defer cancel()
		err = disk.DeleteFile(ctx, &storage.DeleteFileRequest{})
		// Whichever end's clock was first: the handler may have said it, or nobody.
		if o := grid.OutcomeOf(err); !errors.Is(err, context.DeadlineExceeded) || o != grid.MayHaveRun && o != grid.Ran {
			t.Errorf("out of time: %v", err)
		}
		if took := time.Since(begin); took < d || took > d+2*time.Second { // a busy machine gets its due
			t.Errorf("it took %v", took)
		}
		<-started
		<-ended
	})
}

// The connection is lost with a call and a stream under way: both end at once
// with the doubt that there is, and their handlers hear of it.
func TestStorageDisconnect(t *testing.T) {
	fake, started, ended := stuckDisk()
	east, west := cluster(t, fake, fake)
	for _, test := range []struct {
		caller, callee *server
	}{{east, west}, {west, east}} {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		peer := test.caller.Connection(test.callee.Name())
		if err := peer.WaitConnected(ctx); err != nil {
			t.Fatal(err)
		}
		disk := test.caller.disk(test.callee.Name())
		st, err := disk.Replicate(ctx)
		if err != nil {
			t.Fatal(err)
		}
		failed := make(chan error, 1)
		go func() { failed <- disk.DeleteFile(ctx, &storage.DeleteFileRequest{}) }()
		<-started
		<-started
		east.cut() // one of the two has dialed
		west.cut()
		_, streamErr := st.Recv()
		for what, err := range map[string]error{"call": <-failed, "stream": streamErr} {
			if !errors.Is(err, grid.ErrDisconnected) || grid.OutcomeOf(err) != grid.MayHaveRun {
				t.Errorf("%s: %v", what, err)
			}
		}
		for range 2 {
			if err := <-ended; !errors.Is(err, grid.ErrDisconnected) {
				t.Errorf("a handler ended because of %v", err)
			}
		}
		cancel()
	}
}

// Two servers call each other at the same time over their one connection.
func TestStorageBothDirectionsAtOnce(t *testing.T) {
	fake := &storage.StorageFuncs{ReadVersionFunc: func(_ context.Context, req *storage.ReadVersionRequest) (*storage.FileInfo, error) {
		data := make([]byte, 10<<10)
		return &storage.FileInfo{Name: req.Path, Data: data}, nil
	}}
	east, west := cluster(t, fake, fake)
	const callers, calls = 8, 100
	errs := make(chan error, 2*callers)
	for _, disk := range []*storage.StorageClient{east.disk("west"), west.disk("east")} {
		for i := range callers {
			go func() {
				for j := range calls {
					path := fmt.Sprintf("%d/%d", i, j)
					info, err := disk.ReadVersion(t.Context(), &storage.ReadVersionRequest{Path: path})
					if err == nil && (info.Name != path || len(info.Data) != 10<<10) {
						err = fmt.Errorf("%s brought %s with %d bytes", path, info.Name, len(info.Data))
					}
					if err != nil {
						errs <- err
						return
					}
				}
				errs <- nil
			}()
		}
	}
	for range 2 * callers {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}
