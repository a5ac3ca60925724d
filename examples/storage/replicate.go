package main

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"

	"github.com/gridrpc/gridc/examples/gen/storage"
	grid "github.com/gridrpc/gridc/runtime"
)

// Replicate applies operations one after the other. Each is acknowledged when it
// is on the disk, with its place in the stream, counted from 1. One that cannot
// be applied is acknowledged as failed, and the stream goes on.
func (d *disk) Replicate(ctx context.Context, in *grid.Receiver[*storage.Op], out *grid.Sender[*storage.Ack]) error {
	for seq := uint64(1); ; seq++ {
		op, err := in.Recv()
		if errors.Is(err, io.EOF) {
			return nil // the client has sent all it has
		}
		if err != nil {
			return err
		}
		err = d.apply(ctx, op)
		if offline := new(storage.DiskOffline); errors.As(err, &offline) {
			// Replicate declares no errors, so a standard code has to say it.
			return grid.NewError(grid.Unavailable, "the disk is offline")
		}
		if err := out.Send(&storage.Ack{Seq: seq, Failed: err != nil}); err != nil {
			return err
		}
	}
}

// errCannotKeep is why an operation is refused that this disk could apply in
// part only.
var errCannotKeep = errors.New("the disk does not keep this")

func (d *disk) apply(ctx context.Context, op *storage.Op) error {
	switch op.Which() {
	case storage.OpPut:
		return d.put(ctx, op.Put)
	case storage.OpDelete:
		err := d.DeleteFile(ctx, op.Delete)
		if notFound := new(storage.FileNotFound); errors.As(err, &notFound) {
			return nil // the outcome is the wanted one
		}
		return err
	default: // nothing, or what only a newer version knows
		return errCannotKeep
	}
}

// put writes one file, whole or not at all.
func (d *disk) put(ctx context.Context, file *storage.FileInfo) error {
	defer d.metrics.begin()()
	name, err := objectName(file.Volume, file.Name)
	if err != nil {
		return err
	}
	whole := file.Data != nil && file.Size == int64(len(file.Data))
	if !whole || file.Deleted || file.Version != nil || len(file.Metadata) > 0 || len(file.Parts) > 0 || len(file.Ext) > 0 {
		return errCannotKeep
	}
	root, err := d.open()
	if err != nil {
		return err
	}
	defer root.Close()
	if err := ctx.Err(); err != nil {
		return err
	}
	temp := tempDir + "/" + rand.Text()
	defer func() { _ = root.Remove(temp) }() // fails when all went well: then the file has moved
	if err := writeTemp(root, temp, file); err != nil {
		return err
	}
	d.writing.Lock()
	defer d.writing.Unlock()
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	if err := root.Rename(temp, name); err != nil {
		return err
	}
	d.metrics.wrote()
	return nil
}

// writeTemp writes content and time of a file, and has them on the disk.
func writeTemp(root *os.Root, temp string, file *storage.FileInfo) error {
	f, err := root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(file.Data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if file.ModTime.IsZero() {
		return nil
	}
	return root.Chtimes(temp, file.ModTime, file.ModTime)
}

// remove removes one regular file, or fails with fs.ErrNotExist.
func (d *disk) remove(root *os.Root, name string) error {
	d.writing.Lock()
	defer d.writing.Unlock()
	stat, err := root.Lstat(name)
	if err != nil {
		return err
	}
	if !stat.Mode().IsRegular() {
		return fs.ErrNotExist
	}
	if err := root.Remove(name); err != nil {
		return err
	}
	d.metrics.deleted()
	return nil
}
