package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gridrpc/gridc/examples/gen/storage"
	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
)

// These tests put the service on a mesh in memory, in fake time, where the
// network and the nodes fail when the test says so: gridtest is for this.

// meshed runs a test on two nodes, each with its disks in a folder that outlives
// its restarts, and a client for disk1 of west.
func meshed(t *testing.T, test func(t *testing.T, m *gridtest.Mesh, west *storage.StorageClient, folder string)) {
	t.Helper()
	data := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		m := gridtest.New(t, gridtest.Options{
			Nodes: []string{"east", "west"},
			Link:  gridtest.Link{Latency: time.Millisecond},
			Register: func(n *gridtest.Node) error {
				server := &node{address: n.Name()}
				return server.openDisks(n.Manager(), filepath.Join(data, n.Name()))
			},
		})
		connected(t, m)
		west := storage.NewStorageClient(m.Connection("east", "west"), "disk1")
		test(t, m, west, filepath.Join(data, "west", "disk1"))
	})
}

// connected waits until the nodes have found each other.
func connected(t *testing.T, m *gridtest.Mesh) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := m.WaitConnected(ctx); err != nil {
		t.Fatal(err)
	}
}

// replicateUntil sends operations, one for each acknowledgement, until the stream
// breaks; after the given number of them it calls fault.
func replicateUntil(ctx context.Context, client *storage.StorageClient, after int, fault func()) (acked int, err error) {
	stream, err := client.Replicate(ctx)
	if err != nil {
		return 0, err
	}
	for {
		if acked == after {
			fault()
		}
		if err := stream.Send(put(fmt.Sprintf("f%03d", acked), "content")); err != nil {
			return acked, err
		}
		ack, err := stream.Recv()
		if err != nil {
			return acked, err
		}
		if ack.Failed {
			return acked, fmt.Errorf("operation %d failed", ack.Seq)
		}
		acked++
	}
}

// The connection is cut in the middle of a replication. The client learns that
// it broke, and that the last operation may have been applied; what was
// acknowledged is on the disk. Reads fail at once and say that they were not
// sent, or wait if they are told to; then both go on where they were.
func TestMeshCut(t *testing.T) {
	meshed(t, func(t *testing.T, m *gridtest.Mesh, west *storage.StorageClient, folder string) {
		acked, err := replicateUntil(t.Context(), west, 20, func() { m.Cut("east", "west") })
		if acked != 20 || !errors.Is(err, grid.ErrDisconnected) || grid.OutcomeOf(err) != grid.MayHaveRun {
			t.Errorf("%d operations were acknowledged, then %v", acked, err)
		}
		if n := stored(t, folder); n != 20 && n != 21 {
			t.Errorf("%d files are on the disk, %d were acknowledged", n, acked)
		}
		read := &storage.ReadVersionRequest{Volume: "v", Path: "f019"}
		_, err = west.ReadVersion(t.Context(), read)
		if !errors.Is(err, grid.ErrDisconnected) || grid.OutcomeOf(err) != grid.NotSent {
			t.Errorf("while it is cut: %v", err)
		}

		patient := make(chan error, 1)
		go func() {
			_, err := west.ReadVersion(grid.WaitForReady(t.Context()), read)
			patient <- err
		}()
		time.Sleep(5 * time.Second)
		m.Heal("east", "west")
		if err := <-patient; err != nil {
			t.Errorf("a read that waited: %v", err)
		}
		for i, failed := range replicated(t, west, put("f020", "content"), put("f021", "content")) {
			if failed {
				t.Errorf("operation %d failed", i)
			}
		}
		if n := stored(t, folder); n != 22 {
			t.Errorf("%d files in the end", n)
		}
	})
}

// A node crashes in the middle of a replication and comes back: with the disk
// that it had, and under its name, without anybody being told.
func TestMeshRestart(t *testing.T) {
	meshed(t, func(t *testing.T, m *gridtest.Mesh, west *storage.StorageClient, folder string) {
		before, err := west.DiskInfo(t.Context(), storage.NewDiskInfoOptions())
		if err != nil || before.State != storage.DiskStateOnline {
			t.Fatal(before, err)
		}
		acked, err := replicateUntil(t.Context(), west, 20, func() { m.Crash("west") })
		if acked != 20 || !errors.Is(err, grid.ErrDisconnected) {
			t.Errorf("%d operations were acknowledged, then %v", acked, err)
		}
		time.Sleep(time.Second)
		m.Restart("west")
		connected(t, m)

		after, err := west.DiskInfo(t.Context(), storage.NewDiskInfoOptions())
		if err != nil || after.Endpoint != before.Endpoint || after.State != storage.DiskStateOnline {
			t.Errorf("after the restart: %+v, %v", after, err)
		}
		walk, err := west.WalkDir(t.Context(), &storage.WalkDirOptions{Bucket: "v", Recursive: true})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for entry, err := range walk.All() {
			if err != nil {
				t.Fatal(err)
			}
			if want := fmt.Sprintf("f%03d", n); entry.Name != want {
				t.Errorf("entry %d is %s", n, entry.Name)
			}
			n++
		}
		if n != 20 && n != 21 || n != stored(t, folder) {
			t.Errorf("%d entries, %d were acknowledged", n, acked)
		}
		// West calls east as before: there is one connection for both.
		east := storage.NewStorageClient(m.Connection("west", "east"), "disk2")
		if _, err := east.DiskInfo(t.Context(), storage.NewDiskInfoOptions()); err != nil {
			t.Errorf("the other way: %v", err)
		}
	})
}

// stored counts the files of volume v.
func stored(t *testing.T, folder string) int {
	t.Helper()
	files, err := filesBelow(filepath.Join(folder, "v"))
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}
