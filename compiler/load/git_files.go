package load

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Options are what reads the files of the tree by their paths in the work tree.
func (t *GitTree) Options() Options {
	return Options{ReadFile: t.readFile, ReadDir: t.readDir, RealPath: t.realPath}
}

// find returns the place of a path of the work tree. The path is taken as it is
// written, for what is a link now may have been a folder, and else by where it
// leads to now, for the work tree itself may be reached by a link.
func (t *GitTree) find(name string) (gitPlace, error) {
	outside := fmt.Errorf("%s is outside of the git repository %s", name, t.Root)
	err := outside
	for _, resolve := range []func(string) (string, error){asWritten, FollowLinks} {
		abs, absErr := resolve(name)
		if absErr != nil {
			return gitPlace{}, absErr
		}
		rel, relErr := filepath.Rel(t.Root, abs)
		if relErr != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
			continue
		}
		var place gitPlace
		if place, err = t.locate(filepath.ToSlash(rel)); err == nil || !errors.Is(err, fs.ErrNotExist) {
			return place, err
		}
	}
	return gitPlace{}, err
}

// asWritten is the path from the root of the file system, with no link in it
// followed but for those to the current folder.
func asWritten(name string) (string, error) {
	name = filepath.FromSlash(name)
	if filepath.IsAbs(name) {
		return filepath.Clean(name), nil
	}
	here, err := workingFolder()
	return filepath.Join(here, name), err
}

// workingFolder is the current folder without links.
func workingFolder() (string, error) {
	here, err := os.Getwd()
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(here)
}

// FollowLinks is the path with all links followed that are there now.
func FollowLinks(name string) (string, error) {
	abs, err := filepath.Abs(filepath.FromSlash(name))
	if err != nil {
		return "", err
	}
	// Only what is there now can be a link: the rest is taken as it is called.
	folder := existingFolder(abs)
	real, err := filepath.EvalSymlinks(folder)
	if err != nil {
		return "", err
	}
	return real + strings.TrimPrefix(abs, folder), nil
}

func (t *GitTree) readFile(name string) ([]byte, error) {
	at, err := t.find(name)
	if err == nil && at.entry.kind != "blob" {
		err = errNotAFile
	}
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return at.tree.run(at.tree.Root, "cat-file", "blob", at.entry.object)
}

func (t *GitTree) readDir(name string) ([]fs.DirEntry, error) {
	at, err := t.find(name)
	if err == nil && at.entry.kind != "tree" {
		err = errNotAFolder
	}
	if err != nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: err}
	}
	entries, err := at.tree.entries(at)
	if err != nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: err}
	}
	list := make([]fs.DirEntry, len(entries))
	for i, e := range entries {
		list[i] = gitDirEntry{e}
	}
	return list, nil
}

func (t *GitTree) realPath(name string) (string, error) {
	at, err := t.find(name)
	if err != nil {
		return "", &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return filepath.ToSlash(filepath.Join(at.tree.Root, filepath.FromSlash(at.rel))), nil
}

// Files lists all .grid files of the tree that Load would find, as paths of the
// work tree. Those of submodules that are not checked out are not among them.
func (t *GitTree) Files() ([]string, error) {
	out, err := t.run(t.Root, "ls-tree", "-r", "-z", "--full-tree", t.commit)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range parseTree(out) {
		if isSkippedPath(e.name) {
			continue
		}
		if e.kind == "commit" && !isSkippedFolder(path.Base(e.name)) {
			if sub, err := t.submodule(gitPlace{t, e.name, e}); err == nil {
				below, err := sub.Files()
				if err != nil {
					return nil, err
				}
				files = append(files, below...)
			}
		} else if strings.HasSuffix(e.name, ".grid") {
			files = append(files, ShownPath(filepath.Join(t.Root, filepath.FromSlash(e.name))))
		}
	}
	return files, nil
}

// isSkippedPath reports whether a walk from the root would not come to a file.
func isSkippedPath(rel string) bool {
	for dir := path.Dir(rel); dir != "."; dir = path.Dir(dir) {
		if isSkippedFolder(path.Base(dir)) {
			return true
		}
	}
	return strings.HasPrefix(path.Base(rel), ".")
}

// ShownPath is an absolute path as it is shown: from the current folder, where
// that can be.
func ShownPath(abs string) string {
	if here, err := workingFolder(); err == nil {
		if rel, err := filepath.Rel(here, abs); err == nil {
			abs = rel
		}
	}
	return filepath.ToSlash(abs)
}

// gitDirEntry shows an entry of a tree as one of a folder.
type gitDirEntry struct{ gitEntry }

func (e gitDirEntry) Name() string { return e.name }
func (e gitDirEntry) IsDir() bool  { return e.kind == "tree" || e.kind == "commit" }
func (e gitDirEntry) Type() fs.FileMode {
	switch {
	case e.IsDir():
		return fs.ModeDir
	case e.link:
		return fs.ModeSymlink
	default:
		return 0
	}
}

func (e gitDirEntry) Info() (fs.FileInfo, error) { return nil, errors.ErrUnsupported }
