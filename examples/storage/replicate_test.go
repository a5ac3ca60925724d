package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gridrpc/gridc/examples/gen/storage"
	grid "github.com/gridrpc/gridc/runtime"
)

func put(name, content string) *storage.Op {
	return &storage.Op{Put: &storage.FileInfo{Volume: "v", Name: name, Data: []byte(content), Size: int64(len(content))}}
}

func del(name string) *storage.Op {
	return &storage.Op{Delete: &storage.DeleteFileRequest{Volume: "v", Path: name}}
}

// replicated applies operations over a stream and returns which of them failed.
func replicated(t *testing.T, client *storage.StorageClient, ops ...*storage.Op) (failed []bool) {
	t.Helper()
	stream, err := client.Replicate(soon(t))
	if err != nil {
		t.Fatal(err)
	}
	sent := make(chan error, 1)
	go func() { sent <- sendAll(stream, ops) }()
	for ack, err := range stream.All() {
		if err != nil {
			t.Fatal(err)
		}
		failed = append(failed, ack.Failed)
		if ack.Seq != uint64(len(failed)) {
			t.Errorf("acknowledgement %d has the number %d", len(failed), ack.Seq)
		}
	}
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	if len(failed) != len(ops) {
		t.Fatalf("%d operations, %d acknowledgements", len(ops), len(failed))
	}
	return failed
}

// The last operation on a file decides, so they must be applied in order; there
// are more than the stream's capacities hold.
func TestReplicateKeepsTheOrder(t *testing.T) {
	_, client, folder := lonely(t)
	var ops []*storage.Op
	for i := range 100 {
		ops = append(ops, put("a/f", string(rune('A'+i%26))), put("b", "x"), del("b"))
	}
	ops = append(ops, put("a/f", "last"))
	for i, failed := range replicated(t, client, ops...) {
		if failed {
			t.Errorf("operation %d failed", i)
		}
	}
	if got, err := os.ReadFile(filepath.Join(folder, "v", "a", "f")); err != nil || string(got) != "last" {
		t.Errorf("got %q, %v", got, err)
	}
	if left, err := filesBelow(filepath.Join(folder, "v")); err != nil || len(left) != 1 {
		t.Errorf("left: %q, %v", left, err)
	}
	if left, err := os.ReadDir(filepath.Join(folder, tempDir)); err != nil || len(left) != 0 {
		t.Errorf("temporary files: %v, %v", left, err)
	}
}

func TestReplicateKeepsWhatItIsGiven(t *testing.T) {
	_, client, folder := lonely(t)
	was := time.Date(2020, 2, 3, 4, 5, 6, 0, time.UTC)
	op := put("dated", "")
	op.Put.Data, op.Put.ModTime = []byte{}, was
	if failed := replicated(t, client, op); failed[0] {
		t.Fatal("an empty file is a file")
	}
	stat, err := os.Stat(filepath.Join(folder, "v", "dated"))
	if err != nil || !stat.ModTime().Equal(was) || stat.Size() != 0 {
		t.Errorf("%v, %v", stat, err)
	}
}

func TestReplicateGoesOnAfterAFailure(t *testing.T) {
	_, client, folder := lonely(t)
	fill(t, folder, "v/dir/file")
	incomplete := put("incomplete", "12")
	incomplete.Put.Size = 3
	versioned := put("versioned", "1")
	versioned.Put.Version = &grid.UUID{1}
	described := put("described", "1")
	described.Put.Metadata = map[string]string{"k": "v"}
	volume := put("f", "1")
	volume.Put.Volume = ownDir
	bad := []*storage.Op{put("../escape", "1"), put("dir", "a folder is there"), put("dir/file/below", "1"), del("../x"), incomplete, versioned, described, volume, {}}
	for i, failed := range replicated(t, client, append(bad, put("good", "1"), del("never was"))...) {
		if want := i < len(bad); failed != want {
			t.Errorf("operation %d: failed %v, want %v", i, failed, want)
		}
	}
	left, err := filesBelow(filepath.Join(folder, "v"))
	if err != nil || len(left) != 2 || left[0] != "dir/file" || left[1] != "good" {
		t.Errorf("left: %q, %v", left, err)
	}
	if _, err := os.Stat(filepath.Join(folder, "escape")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

func TestReplicateEndsWithItsDisk(t *testing.T) {
	_, client, folder := lonely(t)
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	stream, err := client.Replicate(soon(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(put("a", "1")); err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); !errors.Is(err, grid.ErrUnavailable) || !grid.IsRemote(err) {
		t.Errorf("%v", err)
	}
}

// What a crash left half written is removed at the next start.
func TestLeftoversAreRemoved(t *testing.T) {
	dir := t.TempDir()
	first, err := openDisk(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	fill(t, dir, tempDir+"/half", "v/whole")
	second, err := openDisk(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	if first.id != second.id || first.id.IsZero() {
		t.Errorf("identities %v and %v", first.id, second.id)
	}
	left, err := filesBelow(dir)
	if err != nil || len(left) != 2 || left[0] != idFile || left[1] != "v/whole" {
		t.Errorf("left: %q, %v", left, err)
	}
}
