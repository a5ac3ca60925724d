package load

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"sync"
)

// GitTree is the tree of one commit. It asks git once for each folder. It is safe
// for concurrent use.
type GitTree struct {
	run    gitRunner
	Root   string // of the work tree, without links
	commit string

	mu         sync.Mutex
	folders    map[string][]gitEntry
	submodules map[string]*GitTree
}

func newGitTree(run gitRunner, root, commit string) *GitTree {
	return &GitTree{run: run, Root: root, commit: commit, folders: map[string][]gitEntry{}, submodules: map[string]*GitTree{}}
}

// gitEntry is a line of `git ls-tree`.
type gitEntry struct {
	name, kind, object string
	link               bool
}

// gitPlace is where a path of a tree leads, after links and in submodules.
type gitPlace struct {
	tree  *GitTree
	rel   string // from the root of tree, "." for the root itself
	entry gitEntry
}

// maxLinks bounds how often one link may lead to another.
const maxLinks = 16

// locate follows a path from the root.
func (t *GitTree) locate(rel string) (gitPlace, error) { return t.follow(path.Clean(rel), maxLinks) }

func (t *GitTree) follow(rel string, links int) (gitPlace, error) {
	here := gitPlace{t, ".", gitEntry{kind: "tree", object: t.commit}}
	if rel == "." {
		return here, nil
	}
	names := strings.Split(rel, "/")
	for i, name := range names {
		entries, err := t.entries(here)
		if err != nil {
			return gitPlace{}, err
		}
		e, ok := findEntry(entries, name)
		if !ok {
			return gitPlace{}, fs.ErrNotExist
		}
		rest := path.Join(names[i+1:]...)
		here = gitPlace{t, path.Join(here.rel, name), e}
		switch {
		case e.link:
			return t.followLink(here, rest, links)
		case e.kind == "commit":
			sub, err := t.submodule(here)
			if err != nil {
				return gitPlace{}, err
			}
			return sub.follow(path.Clean(rest), links)
		case rest != "" && e.kind != "tree":
			return gitPlace{}, fs.ErrNotExist
		}
	}
	return here, nil
}

func findEntry(entries []gitEntry, name string) (gitEntry, bool) {
	for _, e := range entries {
		if e.name == name {
			return e, true
		}
	}
	return gitEntry{}, false
}

// followLink goes on from a link with the rest of a path.
func (t *GitTree) followLink(link gitPlace, rest string, links int) (gitPlace, error) {
	to, err := t.run(t.Root, "cat-file", "blob", link.entry.object)
	if err != nil {
		return gitPlace{}, err
	}
	target := path.Join(path.Dir(link.rel), string(to), rest)
	switch {
	case links == 0:
		return gitPlace{}, fmt.Errorf("%s: the symbolic links form a cycle", link.rel)
	case path.IsAbs(string(to)) || target == ".." || strings.HasPrefix(target, "../"):
		return gitPlace{}, fmt.Errorf("%s is a link to a place outside of the git repository", link.rel)
	}
	return t.follow(target, links-1)
}

// submodule opens the tree of a submodule at the commit that t has for it.
func (t *GitTree) submodule(at gitPlace) (*GitTree, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if sub := t.submodules[at.rel]; sub != nil {
		return sub, nil
	}
	root := filepath.Join(t.Root, filepath.FromSlash(at.rel))
	if top, err := topLevel(t.run, root); err != nil || top != root {
		return nil, fmt.Errorf("the submodule %s is not checked out, so that what it holds cannot be compared: `git submodule update --init %s`, or name the folders beside it", at.rel, at.rel)
	}
	if _, err := t.run(root, "cat-file", "-e", at.entry.object+"^{commit}"); err != nil {
		return nil, fmt.Errorf("the submodule %s does not have its commit %.12s: fetch in it, or name the folders beside it", at.rel, at.entry.object)
	}
	sub := newGitTree(t.run, root, at.entry.object)
	t.submodules[at.rel] = sub
	return sub, nil
}

// entries lists a folder.
func (t *GitTree) entries(at gitPlace) ([]gitEntry, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if entries, ok := t.folders[at.rel]; ok {
		return entries, nil
	}
	out, err := t.run(t.Root, "ls-tree", "-z", at.entry.object)
	if err != nil {
		return nil, err
	}
	entries := parseTree(out)
	t.folders[at.rel] = entries
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

var errNotAFile, errNotAFolder = errors.New("not a file"), errors.New("not a folder")
