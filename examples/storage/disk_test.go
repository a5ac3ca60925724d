package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/gridrpc/gridc/examples/gen/common"
	"github.com/gridrpc/gridc/examples/gen/storage"
	grid "github.com/gridrpc/gridc/runtime"
)

func TestDiskInfoIsWhatTheFileSystemSays(t *testing.T) {
	n, client, folder := lonely(t)
	info, err := client.DiskInfo(soon(t), storage.NewDiskInfoOptions())
	if err != nil {
		t.Fatal(err)
	}
	want, err := spaceOf(folder)
	if err != nil {
		t.Fatal(err)
	}
	if info.Total != want.total || info.Total == 0 && runtime.GOOS == "linux" || info.Free > info.Total {
		t.Errorf("total %d, free %d; the file system has %+v", info.Total, info.Free, want)
	}
	if info.State != storage.DiskStateOnline || info.Endpoint != n.address+"/disk1" || info.Metrics != nil {
		t.Errorf("%+v", info)
	}
}

func TestDiskInfoCountsWhatTheDiskDid(t *testing.T) {
	_, client, folder := lonely(t)
	ctx := soon(t)
	fill(t, folder, "v/a", "v/b")
	if _, err := client.ReadVersion(ctx, &storage.ReadVersionRequest{Volume: "v", Path: "a"}); err != nil {
		t.Fatal(err)
	}
	if err := client.DeleteFile(ctx, &storage.DeleteFileRequest{Volume: "v", Path: "a"}); err != nil {
		t.Fatal(err)
	}
	info, err := client.DiskInfo(ctx, &storage.DiskInfoOptions{Metrics: true})
	if err != nil {
		t.Fatal(err)
	}
	m := info.Metrics
	if m == nil || m.Deletes != 1 || m.Writes != 0 || m.LastRead.IsZero() || m.Latency <= 0 || m.Waiting != 1 {
		t.Errorf("metrics %+v; waiting counts this very call", m)
	}
}

func TestDiskIdentityLastsAndIsChecked(t *testing.T) {
	_, client, folder := lonely(t)
	ctx := soon(t)
	again, err := openDisk(folder, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.DiskInfo(ctx, &storage.DiskInfoOptions{DiskID: again.id}); err != nil {
		t.Errorf("asked for the right disk: %v", err)
	}
	var offline *storage.DiskOffline
	if _, err := client.DiskInfo(ctx, &storage.DiskInfoOptions{DiskID: grid.UUID{1}}); !errors.As(err, &offline) {
		t.Errorf("asked for another disk: %v", err)
	}
}

func TestReadVersion(t *testing.T) {
	_, client, folder := lonely(t)
	limit := int(storage.MaxInline)
	for _, tt := range []struct {
		name     string
		size     int
		withData bool
		inline   bool
	}{
		{"empty", 0, true, true},
		{"small", 10, true, true},
		{"small, without data", 10, false, false},
		{"largest inline", limit, true, true},
		{"larger", limit + 1, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			content := bytes.Repeat([]byte{'x'}, tt.size)
			file := filepath.Join(folder, "v", "a", "f")
			if err := writeFile(file, content); err != nil {
				t.Fatal(err)
			}
			stat, err := os.Stat(file)
			if err != nil {
				t.Fatal(err)
			}
			got, err := client.ReadVersion(soon(t), &storage.ReadVersionRequest{Volume: "v", Path: "a/f", WithData: tt.withData})
			if err != nil {
				t.Fatal(err)
			}
			if got.Volume != "v" || got.Name != "a/f" || !got.Latest || got.Size != int64(tt.size) || !got.ModTime.Equal(stat.ModTime()) {
				t.Errorf("got %v %v, latest %v, %d bytes, %v", got.Volume, got.Name, got.Latest, got.Size, got.ModTime)
			}
			if inline := got.Data != nil; inline != tt.inline || inline && !bytes.Equal(got.Data, content) {
				t.Errorf("%d bytes inline (there: %v), want inline %v", len(got.Data), inline, tt.inline)
			}
		})
	}
}

func TestFileNotFound(t *testing.T) {
	_, client, folder := lonely(t)
	fill(t, folder, "v/dir/file")
	for _, req := range []*storage.ReadVersionRequest{
		{Volume: "v", Path: "nothing"},
		{Volume: "nothing", Path: "dir/file"},
		{Volume: "v", Path: "dir"}, // a folder is no object
		{Volume: "v", Path: "dir/file/below"},
		{Volume: "v", Path: "dir/file", VersionID: &grid.UUID{1}},
	} {
		_, err := client.ReadVersion(soon(t), req)
		var notFound *storage.FileNotFound
		if !errors.As(err, &notFound) {
			t.Errorf("%s/%s: %v", req.Volume, req.Path, err)
			continue
		}
		if notFound.Volume != req.Volume || notFound.Path != req.Path || !grid.IsRemote(err) {
			t.Errorf("%s/%s: %v", req.Volume, req.Path, err)
		}
	}
	var notFound *storage.FileNotFound
	if err := client.DeleteFile(soon(t), &storage.DeleteFileRequest{Volume: "v", Path: "dir"}); !errors.As(err, &notFound) {
		t.Errorf("deleting a folder: %v", err)
	}
}

func TestNamesThatAreNone(t *testing.T) {
	_, client, folder := lonely(t)
	fill(t, filepath.Dir(folder), "outside", "disk1/v/here")
	for _, req := range []*storage.ReadVersionRequest{
		{Volume: "v", Path: ""}, {Volume: "v", Path: "."}, {Volume: "v", Path: "../../outside"}, {Volume: "v", Path: "/etc/passwd"},
		{Volume: "v", Path: "a//b"}, {Volume: "v", Path: "a/../b"}, {Volume: "v", Path: "a\x00b"}, {Volume: "v", Path: strings.Repeat("x", 3000)},
		{Volume: "", Path: "outside"}, {Volume: "..", Path: "outside"}, {Volume: "v/w", Path: "a"}, {Volume: ownDir, Path: "id"},
	} {
		if _, err := client.ReadVersion(soon(t), req); !errors.Is(err, grid.ErrInvalidArgument) || !grid.IsRemote(err) {
			t.Errorf("%.40q/%.40q: %v", req.Volume, req.Path, err)
		}
	}
}

func TestLinksDoNotLeadOut(t *testing.T) {
	_, client, folder := lonely(t)
	ctx := soon(t)
	outside := t.TempDir()
	fill(t, outside, "secret")
	fill(t, folder, "v/here")
	if err := os.Symlink(outside, filepath.Join(folder, "v", "out")); err != nil {
		t.Fatal(err)
	}
	_, err := client.ReadVersion(ctx, &storage.ReadVersionRequest{Volume: "v", Path: "out/secret", WithData: true})
	var denied *common.Denied
	if !errors.As(err, &denied) || denied.Who != "lonely" || denied.What != "read v/out/secret" {
		t.Errorf("read: %v", err)
	}
	err = client.DeleteFile(ctx, &storage.DeleteFileRequest{Volume: "v", Path: "out/secret"})
	if !errors.Is(err, grid.ErrPermissionDenied) {
		t.Errorf("delete: %v", err)
	}
	if _, err := os.Stat(filepath.Join(outside, "secret")); err != nil {
		t.Error(err)
	}
	if names := walked(t, client, &storage.WalkDirOptions{Bucket: "v", Recursive: true}); len(names) != 1 {
		t.Errorf("walk: %q", names)
	}
}

func TestDeleteFile(t *testing.T) {
	_, client, folder := lonely(t)
	fill(t, folder, "v/a/b", "v/a/c")
	if err := client.DeleteFile(soon(t), &storage.DeleteFileRequest{Volume: "v", Path: "a/b"}); err != nil {
		t.Fatal(err)
	}
	left, err := filesBelow(filepath.Join(folder, "v"))
	if err != nil || len(left) != 1 || left[0] != "a/c" {
		t.Errorf("left: %q, %v", left, err)
	}
}

func TestDiskThatIsGone(t *testing.T) {
	for name, remove := range map[string]func(folder string) error{
		"removed": os.RemoveAll,
		"another in its place": func(folder string) error {
			if err := os.RemoveAll(folder); err != nil {
				return err
			}
			_, err := openDisk(folder, "")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			n, client, folder := lonely(t)
			ctx := soon(t)
			fill(t, folder, "v/a")
			if err := remove(folder); err != nil {
				t.Fatal(err)
			}
			var offline *storage.DiskOffline
			if _, err := client.DiskInfo(ctx, storage.NewDiskInfoOptions()); !errors.As(err, &offline) {
				t.Errorf("DiskInfo: %v", err)
			}
			if _, err := client.ReadVersion(ctx, &storage.ReadVersionRequest{Volume: "v", Path: "a"}); !errors.As(err, &offline) {
				t.Errorf("ReadVersion: %v", err)
			}
			walk, err := client.WalkDir(ctx, &storage.WalkDirOptions{Bucket: "v"})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := walk.Recv(); !errors.As(err, &offline) {
				t.Errorf("WalkDir: %v", err)
			}
			if _, err := n.disk("lonely", "disk2").DiskInfo(ctx, storage.NewDiskInfoOptions()); err != nil {
				t.Errorf("the other disk: %v", err)
			}
		})
	}
}
