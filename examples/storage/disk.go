package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/gridrpc/gridc/examples/gen/storage"
	grid "github.com/gridrpc/gridc/runtime"
)

// The disk's own files, below a name that no volume can have.
const (
	ownDir  = ".disk"
	idFile  = ownDir + "/id"
	tempDir = ownDir + "/tmp"
)

// disk serves one folder as a disk: volumes are its sub-folders, objects are the
// regular files below them. It keeps bytes and modification times, nothing else.
//
// The folder is opened anew for each request, through os.Root: so no path leads
// out of it, and a folder that is gone, or another one in its place, is noticed.
type disk struct {
	// Whatever the service gains later is answered with "not implemented".
	storage.UnimplementedStorageServer

	// Static.
	dir      string
	id       grid.UUID // as written in idFile when the disk was first used
	endpoint string    // where the disk is, for people

	metrics metrics
	writing sync.Mutex // one change at a time, so that a volume's state has an order
}

var _ storage.StorageServer = (*disk)(nil)

// openDisk makes a disk of a folder, which is created if it is not there.
func openDisk(dir, endpoint string) (*disk, error) {
	if err := os.MkdirAll(filepath.Join(dir, tempDir), 0o755); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	id, err := identify(root)
	if err != nil {
		return nil, fmt.Errorf("disk %s: %w", dir, err)
	}
	if err := removeLeftovers(root); err != nil {
		return nil, fmt.Errorf("disk %s: %w", dir, err)
	}
	return &disk{dir: dir, id: id, endpoint: endpoint}, nil
}

// identify returns the identity of a disk, which it is given once.
func identify(root *os.Root) (grid.UUID, error) {
	id, err := readID(root)
	if !errors.Is(err, fs.ErrNotExist) {
		return id, err
	}
	rand.Read(id[:])
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80 // RFC 9562: random, version 4
	if err := root.WriteFile(tempDir+"/id", id[:], 0o644); err != nil {
		return id, err
	}
	return id, root.Rename(tempDir+"/id", idFile)
}

func readID(root *os.Root) (grid.UUID, error) {
	var id grid.UUID
	b, err := root.ReadFile(idFile)
	if err == nil && copy(id[:], b) != len(id) {
		err = fmt.Errorf("%s holds %d bytes, not %d", idFile, len(b), len(id))
	}
	return id, err
}

// removeLeftovers removes what writes that were cut short by a crash left behind.
func removeLeftovers(root *os.Root) error {
	if err := root.RemoveAll(tempDir); err != nil {
		return err
	}
	return root.Mkdir(tempDir, 0o755)
}

// open returns the disk's folder, or DiskOffline if it is not there any more.
func (d *disk) open() (*os.Root, error) {
	root, err := os.OpenRoot(d.dir)
	if err != nil {
		return nil, storage.NewDiskOffline()
	}
	if id, err := readID(root); err != nil || id != d.id {
		root.Close()
		return nil, storage.NewDiskOffline()
	}
	return root, nil
}

// DiskInfo reports what the file system says about the folder.
func (d *disk) DiskInfo(_ context.Context, req *storage.DiskInfoOptions) (*storage.DiskInfo, error) {
	defer d.metrics.begin()()
	root, err := d.open()
	if err != nil {
		return nil, err
	}
	defer root.Close()
	if !req.DiskID.IsZero() && req.DiskID != d.id {
		return nil, storage.NewDiskOffline() // the disk that the caller means is not here
	}
	space, err := spaceOf(d.dir)
	if err != nil {
		return nil, storage.NewDiskOffline()
	}
	info := &storage.DiskInfo{
		Total: space.total, Free: space.free, State: storage.DiskStateOnline,
		Endpoint: d.endpoint, Labels: map[string]string{"id": d.id.String(), "folder": d.dir},
	}
	if req.Metrics {
		info.Metrics = d.metrics.snapshot()
	}
	return info, nil
}

// ReadVersion reads size and time of a file, and its content if it is asked for
// and small. Files have no versions here: only the latest can be read.
func (d *disk) ReadVersion(ctx context.Context, req *storage.ReadVersionRequest) (*storage.FileInfo, error) {
	defer d.metrics.begin()()
	name, err := objectName(req.Volume, req.Path)
	if err != nil {
		return nil, err
	}
	root, err := d.open()
	if err != nil {
		return nil, err
	}
	defer root.Close()
	if req.VersionID != nil {
		return nil, &storage.FileNotFound{Volume: req.Volume, Path: req.Path}
	}
	info, err := readObject(root, name, req.WithData)
	if err != nil {
		return nil, readError(ctx, err, req.Volume, req.Path)
	}
	d.metrics.read()
	info.Volume, info.Name = req.Volume, req.Path
	return info, nil
}

// readObject reads the regular file name.
func readObject(root *os.Root, name string, withData bool) (*storage.FileInfo, error) {
	stat, err := root.Stat(name)
	if err != nil {
		return nil, err
	}
	if !stat.Mode().IsRegular() {
		return nil, fs.ErrNotExist // a folder is no object
	}
	info := &storage.FileInfo{Latest: true, ModTime: stat.ModTime(), Size: stat.Size()}
	if !withData || info.Size > int64(storage.MaxInline) {
		return info, nil
	}
	file, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	// The file may have been replaced since: what is read decides.
	var data bytes.Buffer
	n, err := io.Copy(&data, io.LimitReader(file, int64(storage.MaxInline)+1))
	if err != nil {
		return nil, err
	}
	if n > int64(storage.MaxInline) {
		return info, nil
	}
	info.Size, info.Data = n, append([]byte{}, data.Bytes()...) // not nil, even if empty
	return info, nil
}

// DeleteFile removes one file.
func (d *disk) DeleteFile(ctx context.Context, req *storage.DeleteFileRequest) error {
	defer d.metrics.begin()()
	name, err := objectName(req.Volume, req.Path)
	if err != nil {
		return err
	}
	root, err := d.open()
	if err != nil {
		return err
	}
	defer root.Close()
	if err := d.remove(root, name); err != nil {
		return pathError(ctx, err, req.Volume, req.Path)
	}
	return nil
}
