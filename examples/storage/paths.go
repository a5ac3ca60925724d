package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/gridrpc/gridc/examples/gen/common"
	"github.com/gridrpc/gridc/examples/gen/storage"
	grid "github.com/gridrpc/gridc/runtime"
)

// objectName returns the name of an object below its disk's folder, or
// invalid_argument. It is the readable half of the defence: the other half is
// os.Root, which does not follow a link out of the folder either.
func objectName(volume, path string) (string, error) {
	if err := checkVolume(volume); err != nil {
		return "", err
	}
	if path == "." || !plain(path) {
		return "", grid.NewError(grid.InvalidArgument, "path "+quote(path)+" is not a plain path below its volume")
	}
	return volume + "/" + path, nil
}

// checkVolume wants one name that is not one of the disk's own.
func checkVolume(volume string) error {
	if strings.HasPrefix(volume, ".") || strings.Contains(volume, "/") || !plain(volume) {
		return grid.NewError(grid.InvalidArgument, "volume "+quote(volume)+" is not a plain name")
	}
	return nil
}

// plain reports whether a path has names only, none of them empty or "..".
func plain(path string) bool {
	return fs.ValidPath(path) && filepath.IsLocal(filepath.FromSlash(path)) && !strings.Contains(path, "\x00")
}

// quote makes what a caller sent fit to be read, and short.
func quote(s string) string { return fmt.Sprintf("%.200q", s) }

// pathError turns an error of the file system into one that the caller is told.
// What does not come from the operating system comes from os.Root itself: the
// path leads out of the disk.
func pathError(ctx context.Context, err error, volume, path string) error {
	var errno syscall.Errno
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return &storage.FileNotFound{Volume: volume, Path: path}
	case errors.Is(err, syscall.ENAMETOOLONG):
		return grid.NewError(grid.InvalidArgument, "path "+quote(path)+" is too long")
	case errors.Is(err, fs.ErrPermission), !errors.As(err, &errno):
		return grid.NewError(grid.PermissionDenied, grid.GetCaller(ctx)+" may not touch "+quote(volume+"/"+path))
	default:
		return err // travels as internal, without its text: that is in the node's log
	}
}

// readError is pathError for ReadVersion, which declares common.Denied: a caller
// gets at its fields.
func readError(ctx context.Context, err error, volume, path string) error {
	err = pathError(ctx, err, volume, path)
	if errors.Is(err, grid.ErrPermissionDenied) {
		return &common.Denied{Who: grid.GetCaller(ctx), What: "read " + volume + "/" + path}
	}
	return err
}
