package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// Replace gives a file new content in one step, so that nobody ever reads
// half of it, and keeps its mode. A link stays: what it leads to is replaced.
func Replace(name string, content []byte) error {
	real, err := filepath.EvalSymlinks(name)
	if err != nil {
		return fmt.Errorf("cannot rewrite %s: %w", name, err)
	}
	root, err := os.OpenRoot(filepath.Dir(real))
	if err != nil {
		return fmt.Errorf("cannot rewrite %s: %w", name, err)
	}
	defer root.Close()
	base := filepath.Base(real)
	info, err := root.Stat(base)
	if err == nil {
		err = ReplaceIn(root, base, content, info.Mode().Perm())
	}
	if err != nil {
		return fmt.Errorf("cannot rewrite %s: %w", name, err)
	}
	return nil
}

// replaceTries is how often a file is written when its temporary one vanishes: a
// run that sweeps may take it for abandoned in the moments when it is not locked,
// before the lock and between closing and renaming. It is closed first because some
// file systems tell only then that it could not be written.
const replaceTries = 20

// ReplaceIn puts content in place at once: whoever reads the file sees all of the
// old one or all of the new one. Mode 0 is that of any new file.
func ReplaceIn(root *os.Root, rel string, content []byte, mode fs.FileMode) (err error) {
	for range replaceTries {
		temp := path.Join(path.Dir(rel), tempName(path.Base(rel)))
		if err = writeTemp(root, temp, content, mode); err != nil {
			return err
		}
		if err = root.Rename(temp, rel); err == nil {
			return nil
		}
		if gone := root.Remove(temp); !errors.Is(gone, fs.ErrNotExist) {
			return errors.Join(err, gone)
		}
	}
	return err
}

// writeTemp writes a file that does not exist yet, or leaves none. It is locked
// until it is whole, so that nobody takes it for abandoned.
func writeTemp(root *os.Root, name string, content []byte, mode fs.FileMode) error {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, _ = tryLock(f) // without it a sweep may cost another try
	_, err = f.Write(content)
	if err == nil && mode != 0 {
		err = f.Chmod(mode)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, root.Remove(name))
	}
	return nil
}
