package workspace

import (
	"path"
	"path/filepath"
	"slices"

	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/text"
)

// Workspace is the files of an editor. It is not safe for concurrent use.
type Workspace struct {
	Many int // how many files are checked again at once, see [Unit.Glance]

	folders []string             // slash-separated
	open    map[string]*Document // by path

	listed []string // the files of the folders; nil when they are to be listed again
	disk   *disk
	parses *parses
	units  map[string]*Unit // of the last snapshot, by their key
	// memories are those of the units of the last snapshot, by the paths of their files.
	memories map[string]*memory
	last     *Snapshot // nil after a change
}

// Document is a text that is open in the editor.
type Document struct {
	URI     string // as the editor writes it
	Path    string
	Version int
	Text    *text.Text
}

// manyImporters is Many unless somebody says otherwise.
const manyImporters = 20

// New returns a workspace without folders.
func New() *Workspace {
	return &Workspace{Many: manyImporters, open: map[string]*Document{}, disk: newDisk(), parses: newParses(), units: map[string]*Unit{}}
}

// SetFolders says which folders belong to the workspace.
func (w *Workspace) SetFolders(add, remove []string) {
	w.folders = slices.DeleteFunc(w.folders, func(f string) bool { return slices.Contains(remove, f) })
	for _, f := range add {
		if !slices.Contains(w.folders, f) {
			w.folders = append(w.folders, f)
		}
	}
	w.Relist()
}

// Folders are the folders of the workspace.
func (w *Workspace) Folders() []string { return slices.Clone(w.folders) }

// Relist has the folders listed again: files may have come or gone.
func (w *Workspace) Relist() {
	w.listed, w.last = nil, nil
	w.disk.forget()
}

// Changed says that a file on disk may have changed.
func (w *Workspace) Changed() {
	w.last = nil
	w.disk.lookAgain()
}

// Open takes a document from the editor, Close gives it back to the disk.
func (w *Workspace) Open(d *Document) {
	d.Path = text.Path(d.URI)
	w.open[d.Path] = d
	w.last = nil
}

// Close forgets the unsaved text of a document.
func (w *Workspace) Close(path string) {
	delete(w.open, path)
	w.Relist()
}

// Edit changes an open document, and reports whether it is open.
func (w *Workspace) Edit(path string, version int, changes []text.Change) bool {
	d := w.open[path]
	if d == nil {
		return false
	}
	d.Text, d.Version = d.Text.Edit(changes...), version
	w.last = nil
	return true
}

// Document is the open document of a path, or nil.
func (w *Workspace) Document(path string) *Document { return w.open[path] }

// Text is the text of a file, unsaved or not; nil when there is none.
func (w *Workspace) Text(file string) *text.Text {
	if d := w.document(file); d != nil {
		return d.Text
	}
	content, err := w.disk.read(file)
	if err != nil {
		return nil
	}
	return text.New(content)
}

// URI is how the editor calls a file.
func (w *Workspace) URI(file string) string {
	if d := w.document(file); d != nil {
		return d.URI
	}
	return text.URI(file)
}

// document finds the open document of a file, also by another path to it.
func (w *Workspace) document(file string) *Document {
	if d := w.open[file]; d != nil || len(w.open) == 0 {
		return d
	}
	key := w.disk.realPath(file)
	for _, d := range w.open {
		if w.disk.realPath(d.Path) == key {
			return d
		}
	}
	return nil
}

// inFolders reports whether a file lies in a folder of the workspace.
func (w *Workspace) inFolders(file string) bool {
	return slices.ContainsFunc(w.folders, func(f string) bool {
		rel, err := filepath.Rel(filepath.FromSlash(f), filepath.FromSlash(file))
		return err == nil && rel != ".." && !filepath.IsAbs(rel) && !hasParent(filepath.ToSlash(rel))
	})
}

func hasParent(rel string) bool { return path.Clean(rel) == ".." || len(rel) > 2 && rel[:3] == "../" }
