package workspace

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gridrpc/gridc/compiler/load"
)

// Limits on what is taken from disk, so that a folder such as / has an end.
const (
	maxEntries = 200_000 // of all folders that are listed
	maxFiles   = 5_000   // .grid files
	maxContent = 1<<20 + 1
)

// disk reads files and keeps what did not change. It is safe for concurrent use.
type disk struct {
	mu      sync.Mutex
	files   map[string]diskFile
	looked  map[string]bool // at what is in files, since something may have changed
	folders map[string]listing
	besides map[string][]string // .grid files by folder
	real    map[string]string
}

type diskFile struct {
	content  []byte
	modified time.Time
	size     int64
}

type listing struct {
	entries []fs.DirEntry
	err     error
}

func newDisk() *disk {
	d := &disk{files: map[string]diskFile{}}
	d.forget()
	return d
}

// forget drops what is known of folders and links, and has files looked at again.
func (d *disk) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.folders, d.besides, d.real, d.looked = map[string]listing{}, map[string][]string{}, map[string]string{}, map[string]bool{}
}

// lookAgain has files compared with what is known of them: they may have changed.
func (d *disk) lookAgain() {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.looked)
}

// read is the content of a file, up to a byte more than gridc reads of any.
func (d *disk) read(file string) ([]byte, error) {
	d.mu.Lock()
	known, isKnown := d.files[file]
	if isKnown && d.looked[file] {
		d.mu.Unlock()
		return known.content, nil
	}
	d.mu.Unlock()
	info, err := os.Stat(filepath.FromSlash(file))
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "read", Path: file, Err: errors.New("not a file")}
	}
	if err != nil {
		d.mu.Lock()
		delete(d.files, file)
		d.mu.Unlock()
		return nil, err
	}
	if isKnown && known.size == info.Size() && known.modified.Equal(info.ModTime()) {
		d.mu.Lock()
		d.looked[file] = true
		d.mu.Unlock()
		return known.content, nil
	}
	content, err := readStart(file)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.files) < maxFiles {
		d.files[file], d.looked[file] = diskFile{content, info.ModTime(), info.Size()}, true
	}
	return content, nil
}

func readStart(file string) ([]byte, error) {
	f, err := os.Open(filepath.FromSlash(file))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxContent))
}

// readDir lists a folder, once until forget.
func (d *disk) readDir(folder string) ([]fs.DirEntry, error) {
	d.mu.Lock()
	known, isKnown := d.folders[folder]
	d.mu.Unlock()
	if isKnown {
		return known.entries, known.err
	}
	entries, err := os.ReadDir(filepath.FromSlash(folder))
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.folders) < maxEntries {
		d.folders[folder] = listing{entries, err}
	}
	return entries, err
}

// realPath is the same for all paths to one file, also one that is not there yet.
func (d *disk) realPath(file string) string {
	d.mu.Lock()
	known, isKnown := d.real[file]
	d.mu.Unlock()
	if isKnown {
		return known
	}
	real, err := load.RealPath(filepath.FromSlash(file))
	if err != nil {
		real = path.Clean(file)
		if folder, err := load.RealPath(filepath.FromSlash(path.Dir(file))); err == nil {
			real = filepath.Join(folder, path.Base(file))
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.real[file] = real
	return real
}

// list finds the .grid files below folders, as far as the limits go.
func (d *disk) list(folders []string) []string {
	entries := 0
	opts := load.Options{ReadFile: d.read, ReadDir: func(folder string) ([]fs.DirEntry, error) {
		found, err := d.readDir(folder)
		if entries += len(found); entries > maxEntries || err != nil {
			return nil, nil // a folder that cannot be listed has no files
		}
		return found, nil
	}}.WithDefaults()
	files := []string{}
	for _, folder := range folders {
		found, _ := opts.Walk(folder)
		files = append(files, found...)
	}
	return files[:min(len(files), maxFiles)]
}

// siblings are the .grid files in the folder of a file, that one included.
func (d *disk) siblings(file string) []string {
	folder := path.Dir(file)
	d.mu.Lock()
	found, isKnown := d.besides[folder]
	d.mu.Unlock()
	if isKnown {
		return found
	}
	entries, _ := d.readDir(folder)
	for _, e := range entries {
		if !e.IsDir() && strings.HasSuffix(e.Name(), ".grid") && !strings.HasPrefix(e.Name(), ".") {
			found = append(found, path.Join(folder, e.Name()))
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.besides) < maxEntries {
		d.besides[folder] = found
	}
	return found
}
