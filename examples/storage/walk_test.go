package main

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gridrpc/gridc/examples/gen/storage"
	grid "github.com/gridrpc/gridc/runtime"
)

// walked returns the names that a walk streams.
func walked(t *testing.T, client *storage.StorageClient, req *storage.WalkDirOptions) []string {
	t.Helper()
	walk, err := client.WalkDir(soon(t), req)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for entry, err := range walk.All() {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, entry.Name)
	}
	return names
}

func TestWalkDir(t *testing.T) {
	_, client, folder := lonely(t)
	fill(t, filepath.Join(folder, "v"), "b", "a/x", "a/y/z", "a.txt", "ab/c", "a-b")
	for _, tt := range []struct {
		name string
		req  storage.WalkDirOptions
		want []string
	}{
		// '-' and '.' stand before '/': whole names are compared.
		{"all", storage.WalkDirOptions{Recursive: true}, []string{"a-b", "a.txt", "a/x", "a/y/z", "ab/c", "b"}},
		{"one level", storage.WalkDirOptions{}, []string{"a-b", "a.txt", "a/", "ab/", "b"}},
		{"prefix in a name", storage.WalkDirOptions{Prefix: "a", Recursive: true}, []string{"a-b", "a.txt", "a/x", "a/y/z", "ab/c"}},
		{"prefix is a folder", storage.WalkDirOptions{Prefix: "a/", Recursive: true}, []string{"a/x", "a/y/z"}},
		{"folder, one level", storage.WalkDirOptions{Prefix: "a/"}, []string{"a/x", "a/y/"}},
		{"folder without slash", storage.WalkDirOptions{Prefix: "ab"}, []string{"ab/"}},
		{"prefix below a folder", storage.WalkDirOptions{Prefix: "a/y", Recursive: true}, []string{"a/y/z"}},
		{"nothing matches", storage.WalkDirOptions{Prefix: "c/d", Recursive: true}, nil},
		{"limit", storage.WalkDirOptions{Recursive: true, Limit: 3}, []string{"a-b", "a.txt", "a/x"}},
		{"limit in a folder below", storage.WalkDirOptions{Recursive: true, Limit: 4}, []string{"a-b", "a.txt", "a/x", "a/y/z"}},
		{"limit that is not reached", storage.WalkDirOptions{Limit: 100}, []string{"a-b", "a.txt", "a/", "ab/", "b"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.req.Bucket = "v"
			if got := walked(t, client, &tt.req); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestWalkDirTellsOfFiles(t *testing.T) {
	_, client, folder := lonely(t)
	fill(t, folder, "v/a", "v/b/c")
	walk, err := client.WalkDir(soon(t), &storage.WalkDirOptions{Bucket: "v"})
	if err != nil {
		t.Fatal(err)
	}
	file, err := walk.Recv()
	if err != nil || file.Info == nil || file.Info.Size != int64(len("v/a")) || file.Info.Name != "a" || file.Info.ModTime.IsZero() {
		t.Errorf("file: %+v, %v", file, err)
	}
	dir, err := walk.Recv()
	if err != nil || dir.Name != "b/" || dir.Info != nil {
		t.Errorf("folder: %+v, %v", dir, err)
	}
}

func TestWalkDirRefuses(t *testing.T) {
	_, client, folder := lonely(t)
	fill(t, folder, "v/a")
	for _, tt := range []struct {
		bucket, prefix string
		want           func(err error) bool
	}{
		{"nothing", "", func(err error) bool { var e *storage.FileNotFound; return errors.As(err, &e) && e.Volume == "nothing" }},
		{"v", "../", func(err error) bool { return errors.Is(err, grid.ErrInvalidArgument) }},
		{"v", "/etc/", func(err error) bool { return errors.Is(err, grid.ErrInvalidArgument) }},
		{"..", "", func(err error) bool { return errors.Is(err, grid.ErrInvalidArgument) }},
		{ownDir, "", func(err error) bool { return errors.Is(err, grid.ErrInvalidArgument) }},
	} {
		walk, err := client.WalkDir(soon(t), &storage.WalkDirOptions{Bucket: tt.bucket, Prefix: tt.prefix})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := walk.Recv(); !tt.want(err) {
			t.Errorf("%q %q: %v", tt.bucket, tt.prefix, err)
		}
	}
}

// A walk ends with its context, wherever it is.
func TestWalkEndsWithItsContext(t *testing.T) {
	d, err := openDisk(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	fill(t, d.dir, "v/a", "v/b/c", "v/d")
	ctx, cancel := context.WithCancel(t.Context())
	sent := 0
	err = d.walk(ctx, &storage.WalkDirOptions{Bucket: "v", Recursive: true}, func(*storage.WalkEntry) error {
		if sent++; sent == 2 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || sent != 2 {
		t.Errorf("%d entries, then %v", sent, err)
	}
}

// Leaving a stream frees the handler on the other side.
func TestLeavingAWalkEndsItsHandler(t *testing.T) {
	_, client, folder := lonely(t)
	ctx := soon(t)
	for i := range 500 {
		fill(t, folder, "v/"+string(rune('a'+i%26))+"/"+string(rune('a'+i/26)))
	}
	walk, err := client.WalkDir(ctx, &storage.WalkDirOptions{Bucket: "v", Recursive: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range walk.All() {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	for waiting := uint32(2); waiting != 1; { // 1 is the question itself
		info, err := client.DiskInfo(ctx, &storage.DiskInfoOptions{Metrics: true})
		if err != nil {
			t.Fatal(err)
		}
		waiting = info.Metrics.Waiting
	}
}
