package main

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/gridrpc/gridc/examples/gen/storage"
	grid "github.com/gridrpc/gridc/runtime"
)

// WalkDir streams the objects of a volume whose names begin with a prefix, in
// lexical order of their whole names. Without Recursive it stays in the folder
// that the prefix names, and sub-folders appear as "name/" without info.
func (d *disk) WalkDir(ctx context.Context, req *storage.WalkDirOptions, out *grid.Sender[*storage.WalkEntry]) error {
	return d.walk(ctx, req, out.Send)
}

func (d *disk) walk(ctx context.Context, req *storage.WalkDirOptions, send func(*storage.WalkEntry) error) error {
	defer d.metrics.begin()()
	if err := checkVolume(req.Bucket); err != nil {
		return err
	}
	folder := path.Dir(req.Prefix + "x") // "" and "a" give ".", "a/" and "a/b" give "a"
	if !plain(folder) {
		return grid.NewError(grid.InvalidArgument, "prefix "+quote(req.Prefix)+" is not a plain path")
	}
	root, err := d.open()
	if err != nil {
		return err
	}
	defer root.Close()
	volume, err := root.OpenRoot(req.Bucket)
	if err != nil {
		return pathError(ctx, err, req.Bucket, "")
	}
	defer volume.Close()
	w := &walker{ctx: ctx, req: req, files: volume.FS(), send: send, left: int64(req.Limit)}
	if err := w.folder(folder); err != nil && !errors.Is(err, errLimit) {
		return walkError(ctx, err, req)
	}
	return nil
}

// walkError keeps what the stream says about itself: that is no news to anybody.
func walkError(ctx context.Context, err error, req *storage.WalkDirOptions) error {
	var stream *grid.Error
	if ctx.Err() != nil || errors.As(err, &stream) {
		return err
	}
	return pathError(ctx, err, req.Bucket, req.Prefix)
}

// errLimit ends a walk that has sent as much as was asked for.
var errLimit = errors.New("limit reached")

// walker is one walk through a volume.
type walker struct {
	ctx   context.Context
	req   *storage.WalkDirOptions
	files fs.FS
	send  func(*storage.WalkEntry) error
	left  int64 // entries that may still be sent; from 0 downwards for no limit
}

// folder walks through one folder. One that is not there has no entries: it may
// have been removed while the walk was on its way.
func (w *walker) folder(dir string) error {
	entries, err := fs.ReadDir(w.files, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	// In whole names "a.txt" stands before "a/b", so a folder sorts with its slash.
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return cmp.Compare(shown(a), shown(b)) })
	for _, e := range entries {
		if err := w.entry(path.Join(dir, e.Name()), e); err != nil {
			return err
		}
	}
	return nil
}

func shown(e fs.DirEntry) string {
	if e.IsDir() {
		return e.Name() + "/"
	}
	return e.Name()
}

// entry sends one entry of a folder, or walks into it.
func (w *walker) entry(name string, e fs.DirEntry) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	switch {
	case e.IsDir() && w.req.Recursive:
		if strings.HasPrefix(name+"/", w.req.Prefix) || strings.HasPrefix(w.req.Prefix, name+"/") {
			return w.folder(name)
		}
		return nil
	case e.IsDir() && strings.HasPrefix(name+"/", w.req.Prefix):
		return w.emit(&storage.WalkEntry{Name: name + "/"})
	case !e.Type().IsRegular() || !strings.HasPrefix(name, w.req.Prefix):
		return nil // links and devices are no objects
	}
	info, err := e.Info()
	if errors.Is(err, os.ErrNotExist) {
		return nil // removed a moment ago
	}
	if err != nil {
		return err
	}
	return w.emit(&storage.WalkEntry{Name: name, Info: &storage.FileInfo{
		Volume: w.req.Bucket, Name: name, Latest: true, ModTime: info.ModTime(), Size: info.Size(),
	}})
}

func (w *walker) emit(e *storage.WalkEntry) error {
	if err := w.send(e); err != nil {
		return err
	}
	if w.left--; w.left == 0 {
		return errLimit
	}
	return nil
}
