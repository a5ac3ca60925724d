package compiler

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
)

// GitOptions reads .grid files as they are at a ref (a branch, a tag, a commit)
// of the git repository that holds the path: from git's own store, so that the
// work tree does not matter and stays as it is.
//
// Paths mean what they mean in the work tree: they may be relative to any
// folder of the repository.
func GitOptions(ref, path string) (Options, error) {
	tree, err := openGitTree(ref, path)
	if err != nil {
		return Options{}, err
	}
	return Options{ReadFile: tree.readFile, ReadDir: tree.readDir, RealPath: tree.realPath}, nil
}

// ErrNoRef is the error of GitOptions for a ref that the repository does not have.
var ErrNoRef = errors.New("no such ref")

// gitTree is the tree of one commit. It asks git once for each folder and file.
type gitTree struct {
	root    string // of the work tree, without links
	commit  string
	folders map[string][]gitEntry
}

// gitEntry is a line of `git ls-tree`.
type gitEntry struct {
	name, kind, object string
	link               bool
}

func openGitTree(ref, file string) (*gitTree, error) {
	if _, err := exec.LookPath("git"); err != nil {
		return nil, fmt.Errorf("git is needed to read %s: %w", ref, err)
	}
	folder := existingFolder(file)
	top, err := git(folder, "rev-parse", "--show-toplevel")
	if err != nil {
		return nil, fmt.Errorf("%s lies in no git repository: %w", file, err)
	}
	root, err := filepath.EvalSymlinks(strings.TrimRight(string(top), "\r\n"))
	if err != nil {
		return nil, err
	}
	commit, err := git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", ref+"^{commit}")
	if err != nil {
		return nil, fmt.Errorf("%w in %s: %s", ErrNoRef, root, ref)
	}
	return &gitTree{root: root, commit: strings.TrimSpace(string(commit)), folders: map[string][]gitEntry{}}, nil
}

// existingFolder is the nearest folder above a file that is there now.
func existingFolder(file string) string {
	dir := filepath.FromSlash(file)
	for {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "."
		}
		dir = parent
	}
}

// git runs git in a folder and returns what it prints.
func git(folder string, args ...string) ([]byte, error) {
	cmd := exec.Command("git", append([]string{"-C", folder}, args...)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "GIT_OPTIONAL_LOCKS=0")
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && len(exit.Stderr) > 0 {
		line, _, _ := bytes.Cut(bytes.TrimSpace(exit.Stderr), []byte("\n"))
		return nil, fmt.Errorf("git %s: %s", args[0], line)
	} else if err != nil {
		return nil, fmt.Errorf("git %s: %w", args[0], err)
	}
	return out, nil
}

// inTree is the path from the root of the repository, "." for the root itself.
func (t *gitTree) inTree(name string) (string, error) {
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
	rel, err := filepath.Rel(t.root, real+strings.TrimPrefix(abs, folder))
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return "", fmt.Errorf("%s lies outside of the git repository %s", name, t.root)
	}
	return filepath.ToSlash(rel), nil
}

// list returns the entries of a folder of the tree.
func (t *gitTree) list(folder string) ([]gitEntry, error) {
	if entries, ok := t.folders[folder]; ok {
		return entries, nil
	}
	if folder != "." {
		e, err := t.find(folder)
		if err != nil {
			return nil, err
		}
		if e.kind != "tree" {
			return nil, errors.New("not a folder")
		}
	}
	object := t.commit + ":"
	if folder != "." {
		object += folder
	}
	out, err := git(t.root, "ls-tree", "-z", object)
	if err != nil {
		return nil, err
	}
	entries := parseTree(out)
	t.folders[folder] = entries
	return entries, nil
}

// parseTree reads the output of `git ls-tree -z`: mode, kind, object, a tab and
// a name, each ended by a zero.
func parseTree(out []byte) []gitEntry {
	var entries []gitEntry
	for line := range strings.SplitSeq(string(out), "\x00") {
		meta, name, ok := strings.Cut(line, "\t")
		parts := strings.Fields(meta)
		if ok && len(parts) == 3 {
			entries = append(entries, gitEntry{name: name, kind: parts[1], object: parts[2], link: parts[0] == "120000"})
		}
	}
	return entries
}

// find returns the entry of a path of the tree.
func (t *gitTree) find(name string) (gitEntry, error) {
	entries, err := t.list(path.Dir(name))
	if err != nil {
		return gitEntry{}, err
	}
	for _, e := range entries {
		if e.name == path.Base(name) {
			return e, nil
		}
	}
	return gitEntry{}, fs.ErrNotExist
}

// maxLinks bounds how often one link may lead to another.
const maxLinks = 16

// resolve follows links from a file to what they lead to inside the tree.
func (t *gitTree) resolve(name string) (string, gitEntry, error) {
	for range maxLinks {
		e, err := t.find(name)
		if err != nil || !e.link {
			return name, e, err
		}
		to, err := git(t.root, "cat-file", "blob", e.object)
		if err != nil {
			return "", gitEntry{}, err
		}
		name = path.Join(path.Dir(name), string(to))
		if path.IsAbs(string(to)) || name == ".." || strings.HasPrefix(name, "../") {
			return "", gitEntry{}, fs.ErrNotExist
		}
	}
	return "", gitEntry{}, errors.New("links without an end")
}

func (t *gitTree) readFile(name string) ([]byte, error) {
	rel, err := t.inTree(name)
	if err != nil {
		return nil, err
	}
	_, e, err := t.resolve(rel)
	if err == nil && e.kind != "blob" {
		err = errors.New("not a file")
	}
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return git(t.root, "cat-file", "blob", e.object)
}

func (t *gitTree) readDir(name string) ([]fs.DirEntry, error) {
	rel, err := t.inTree(name)
	if err != nil {
		return nil, err
	}
	entries, err := t.list(rel)
	if err != nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: err}
	}
	list := make([]fs.DirEntry, len(entries))
	for i, e := range entries {
		list[i] = gitDirEntry{e}
	}
	return list, nil
}

func (t *gitTree) realPath(name string) (string, error) {
	rel, err := t.inTree(name)
	if err != nil {
		return "", err
	}
	real, _, err := t.resolve(rel)
	if err != nil {
		return "", &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return real, nil
}

// gitDirEntry shows an entry of a tree as one of a folder.
type gitDirEntry struct{ gitEntry }

func (e gitDirEntry) Name() string { return e.name }
func (e gitDirEntry) IsDir() bool  { return e.kind == "tree" }
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
