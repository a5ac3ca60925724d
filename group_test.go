package gridc_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gridrpc/gridc/examples/gen/storage"
	grid "github.com/gridrpc/gridc/runtime"
)

// groupNodes starts nodes on loopback that all serve one disk: the first n-1
// as large as their number, the last offline.
func groupNodes(t *testing.T, n int) []*grid.Manager {
	t.Helper()
	var listeners []net.Listener
	var peers []grid.Peer
	for i := range n {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		listeners = append(listeners, ln)
		peers = append(peers, grid.Peer{Name: fmt.Sprintf("node%d", i), Address: ln.Addr().String()})
	}
	var nodes []*grid.Manager
	for i, ln := range listeners {
		m, err := grid.NewManager(grid.Options{Name: peers[i].Name, Peers: peers, Auth: grid.SharedKey([]byte("0123456789abcdef"))})
		if err != nil {
			t.Fatal(err)
		}
		disk := &storage.StorageFuncs{
			DiskInfoFunc: func(context.Context, *storage.DiskInfoOptions) (*storage.DiskInfo, error) {
				if i == n-1 {
					return nil, &storage.DiskOffline{}
				}
				return &storage.DiskInfo{Total: uint64(i)}, nil
			},
			DeleteFileFunc: func(context.Context, *storage.DeleteFileRequest) error { return nil },
		}
		if err := storage.RegisterStorage(m, "disk0", disk); err != nil {
			t.Fatal(err)
		}
		mux := http.NewServeMux()
		mux.Handle(grid.DefaultPath, m.Handler())
		server := &http.Server{Handler: mux}
		go server.Serve(ln)
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			m.Shutdown(ctx)
			server.Close()
		})
		nodes = append(nodes, m)
	}
	return nodes
}

// One call goes to all peers of a group, the caller among them, and each
// answers for itself.
func TestGroupOfAService(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	nodes := groupNodes(t, 3)
	for _, name := range []string{"node1", "node2"} {
		if err := nodes[0].Connection(name).WaitConnected(ctx); err != nil {
			t.Fatal(err)
		}
	}
	disks := storage.NewStorageGroup(nodes[0].Group("node0", "node1", "node2"), "disk0")

	var names []string
	for answer := range disks.DiskInfo(ctx, &storage.DiskInfoOptions{}) {
		names = append(names, answer.Peer)
		var offline *storage.DiskOffline
		switch {
		case answer.Peer == "node2" && !errors.As(answer.Err, &offline):
			t.Errorf("node2: %v, want that its disk is offline", answer.Err)
		case answer.Peer != "node2" && (answer.Err != nil || fmt.Sprintf("node%d", answer.Value.Total) != answer.Peer):
			t.Errorf("%s: %+v, %v", answer.Peer, answer.Value, answer.Err)
		}
	}
	slices.Sort(names)
	if want := []string{"node0", "node1", "node2"}; !slices.Equal(names, want) {
		t.Errorf("answers of %v, want %v", names, want)
	}

	first, err := grid.First(disks.DiskInfo(ctx, &storage.DiskInfoOptions{}))
	if err != nil || first.Value == nil {
		t.Errorf("the first good answer: %+v, %v", first, err)
	}
	if good, err := grid.Quorum(disks.DiskInfo(ctx, &storage.DiskInfoOptions{}), 3); err == nil || len(good) > 2 || !strings.Contains(err.Error(), "node2: grid: storage.disk_offline") {
		t.Errorf("a quorum of three with one disk offline: %d answers, %v", len(good), err)
	}
	replicas := storage.NewStorageGroup(nodes[0].Group("node0", "node1", "node2").LetFinish(), "disk0")
	for _, answer := range grid.Collect(replicas.DeleteFile(ctx, &storage.DeleteFileRequest{})) {
		if answer.Err != nil {
			t.Errorf("%s: %v", answer.Peer, answer.Err)
		}
	}
}
