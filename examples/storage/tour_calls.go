package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/gridrpc/gridc/examples/gen/storage"
	grid "github.com/gridrpc/gridc/runtime"
)

// meet waits until everybody is connected with everybody.
func (c *cluster) meet(ctx context.Context) error {
	began := time.Now()
	for _, n := range []*node{c.alpha, c.beta} {
		if err := n.waitConnected(ctx); err != nil {
			return err
		}
	}
	c.print("   alpha  %-16s in this process, %d", c.alpha.address, os.Getpid())
	c.print("   beta   %-16s in this process, %d", c.beta.address, os.Getpid())
	c.print("   gamma  %-16s a process of its own, %d", c.gamma.address, c.gamma.cmd.Process.Pid)
	c.print("   Their disks are folders in %s.", c.dir)
	c.print("   Connected after %s: one WebSocket for each pair.", took(began))
	return nil
}

// diskInfo asks all six disks, those of alpha itself in the same way, and
// compares the answers with what the file system says here.
func (c *cluster) diskInfo(ctx context.Context) error {
	for _, server := range []string{"alpha", "beta", "gamma"} {
		for _, name := range diskNames {
			began := time.Now()
			info, err := c.alpha.disk(server, name).DiskInfo(ctx, &storage.DiskInfoOptions{Metrics: true})
			if err != nil {
				return err
			}
			took := took(began)
			want, err := spaceOf(c.folder(server, name))
			if err != nil {
				return err
			}
			if info.State != storage.DiskStateOnline || info.Total != want.total || info.Metrics == nil {
				return fmt.Errorf("%s/%s says %+v, its file system has %d bytes", server, name, info, want.total)
			}
			c.print("   %-5s %s: %s, %s free of %s, answered in %s", server, name, info.State, size(info.Free), size(info.Total), took)
		}
	}
	return nil
}

// walkDir has one disk of beta listed, and compares the list with the folder.
func (c *cluster) walkDir(ctx context.Context) error {
	walk, err := c.alpha.disk("beta", "disk2").WalkDir(ctx, &storage.WalkDirOptions{Bucket: "media", Recursive: true})
	if err != nil {
		return err
	}
	var names []string
	for entry, err := range walk.All() {
		if err != nil {
			return err
		}
		c.print("   %-20s %10s", entry.Name, size(uint64(entry.Info.Size)))
		names = append(names, entry.Name)
	}
	want, err := filesBelow(c.folder("beta", "disk2", "media"))
	if err != nil {
		return err
	}
	if !slices.Equal(names, want) {
		return fmt.Errorf("got %q, the folder holds %q", names, want)
	}
	c.print("   %d files, and the folder holds just these.", len(names))
	return c.walkPart(ctx)
}

// walkPart takes a few entries of a long walk. Leaving the loop ends the stream,
// and with it the handler on the other side.
func (c *cluster) walkPart(ctx context.Context) error {
	walk, err := c.alpha.disk("gamma", "disk1").WalkDir(ctx, &storage.WalkDirOptions{Bucket: "many", Prefix: "03/note-35", Recursive: true})
	if err != nil {
		return err
	}
	var names []string
	for entry, err := range walk.All() {
		if err != nil {
			return err
		}
		if names = append(names, entry.Name); len(names) == 3 {
			break
		}
	}
	if want := []string{"03/note-350.txt", "03/note-351.txt", "03/note-352.txt"}; !slices.Equal(names, want) {
		return fmt.Errorf("got %q, want %q", names, want)
	}
	c.print("   On gamma, below many/03/note-35: %s … three are enough, so alpha leaves.", strings.Join(names, ", "))
	return nil
}

// filesBelow lists a folder in the order of whole names.
func filesBelow(dir string) ([]string, error) {
	var names []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			names = append(names, name)
		}
		return err
	})
	slices.Sort(names)
	return names, err
}

// readVersion reads two files of beta, and compares them with the originals.
func (c *cluster) readVersion(ctx context.Context) error {
	small, err := c.alpha.disk("beta", "disk1").ReadVersion(ctx, &storage.ReadVersionRequest{Volume: "source", Path: "disk.go", WithData: true})
	if err != nil {
		return err
	}
	content, err := os.ReadFile(c.folder("beta", "disk1", "source", "disk.go"))
	if err != nil {
		return err
	}
	if !bytes.Equal(small.Data, content) || small.Size != int64(len(content)) {
		return fmt.Errorf("disk.go has %d bytes, %d arrived", len(content), len(small.Data))
	}
	first, _, _ := bytes.Cut(small.Data, []byte("\n"))
	c.print("   source/disk.go: %d bytes, and all of them came along. It begins with %q.", small.Size, first)

	large, err := c.alpha.disk("beta", "disk2").ReadVersion(ctx, &storage.ReadVersionRequest{Volume: "media", Path: "2026/01/snow.raw", WithData: true})
	if err != nil {
		return err
	}
	if large.Data != nil || large.Size != int64(media["2026/01/snow.raw"]) {
		return fmt.Errorf("snow.raw: size %d, %d bytes inline", large.Size, len(large.Data))
	}
	c.print("   media/2026/01/snow.raw: %d bytes, over the %d that are inlined, so only what is known about it came.", large.Size, storage.MaxInline)
	return nil
}

// declaredErrors shows the two kinds of error that a handler can return: one
// that the .grid file declares, with fields, and one of the standard codes.
func (c *cluster) declaredErrors(ctx context.Context) error {
	disk := c.alpha.disk("beta", "disk1")
	_, err := disk.ReadVersion(ctx, &storage.ReadVersionRequest{Volume: "source", Path: "cobol/main.cob"})
	var notFound *storage.FileNotFound
	if !errors.As(err, &notFound) || notFound.Path != "cobol/main.cob" || !grid.IsRemote(err) || grid.OutcomeOf(err) != grid.Ran {
		return fmt.Errorf("no FileNotFound, but: %w", err)
	}
	c.print("   A file that is not there: errors.As finds a *storage.FileNotFound, volume %q, path %q.", notFound.Volume, notFound.Path)

	_, err = disk.ReadVersion(ctx, &storage.ReadVersionRequest{Volume: "source", Path: "../../../key"})
	if !errors.Is(err, grid.ErrInvalidArgument) || !grid.IsRemote(err) {
		return fmt.Errorf("no invalid_argument, but: %w", err)
	}
	c.print("   A path that leads out of the disk: %v.", err)
	return nil
}
