package load

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/gridrpc/gridc/idl"
)

// Options says where .grid files come from. The zero Options read the file
// system of the machine. Paths are slash-separated. Files are read side by side,
// so ReadFile must be safe for concurrent use.
type Options struct {
	ReadFile func(path string) ([]byte, error)
	// ReadDir lists a folder; it fails for a file. It may be nil beside a
	// ReadFile of one's own: then only files can be named.
	ReadDir func(path string) ([]fs.DirEntry, error)
	// RealPath gives the same answer for every path to the same file; when it
	// is nil beside a ReadFile of one's own, paths are only cleaned.
	RealPath func(path string) (string, error)
	// Parse reads the text of a file, as [idl.Parse] does, which is the default. Who
	// loads the same files again and again can keep trees, which nobody changes, and
	// must give other diagnostics each time. It must be safe for concurrent use.
	Parse func(path string, text []byte) (*idl.File, []*idl.Diagnostic)
}

// Loaded are files that were read and parsed, with what they import.
type Loaded struct {
	Files  []*File
	Found  []*idl.Diagnostic
	Around func() []*Neighbour // the files of the module that were not loaded
}

// LoadedFor returns the files that a schema was made from, in the order of its
// packages, by its origin: none if it was read from JSON.
func LoadedFor(origin any) *Loaded {
	if l, ok := origin.(*Loaded); ok {
		return l
	}
	return &Loaded{Around: func() []*Neighbour { return nil }}
}

// Unread implements the origin of a schema.
func (l *Loaded) Unread() (paths []string) {
	for _, n := range l.Around() {
		paths = append(paths, n.Path)
	}
	return paths
}

// Load reads and parses the named files with everything they import. A folder
// stands for every .grid file below it. The error is for arguments that cannot be
// read at all.
func Load(opts Options, paths ...string) (*Loaded, error) {
	l := newLoader(opts)
	if err := l.loadAll(paths); err != nil {
		return nil, err
	}
	return &Loaded{l.sources, l.found, l.lookAround()}, nil
}

// loadAll loads the arguments, and what they import round by round.
func (l *loader) loadAll(paths []string) error {
	if err := l.loadRoots(paths); err != nil {
		return err
	}
	for done := 0; done < len(l.sources); { // grows by what is imported
		round := l.sources[done:]
		l.prefetchImports(round)
		for _, s := range round {
			l.loadSiblings(s)
			l.followImports(s)
		}
		done += len(round)
	}
	return nil
}

// WithDefaults are the options with what the zero Options stand for.
func (o Options) WithDefaults() Options {
	if o.ReadFile == nil {
		o.ReadFile = os.ReadFile
		if o.ReadDir == nil {
			o.ReadDir = os.ReadDir
		}
		if o.RealPath == nil {
			o.RealPath = RealPath
		}
	}
	if o.Parse == nil {
		o.Parse = idl.Parse
	}
	if o.ReadDir == nil {
		o.ReadDir = func(string) ([]fs.DirEntry, error) { return nil, fs.ErrNotExist }
	}
	if o.RealPath == nil {
		o.RealPath = func(p string) (string, error) { return path.Clean(p), nil }
	}
	return o
}

// RealPath is the path to the same file that has no links in it.
func RealPath(p string) (string, error) {
	abs, err := filepath.Abs(p)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(abs)
}

// loader reads sources, each once.
type loader struct {
	opts    Options
	sources []*File
	byKey   map[string]*File
	keys    map[string]string  // by path
	parsed  map[string]*parsed // by path
	found   []*idl.Diagnostic

	folders map[string]map[string][]string // .grid files by folder and package
}

// newLoader returns a loader that has read nothing.
func newLoader(opts Options) *loader {
	return &loader{
		opts:   opts.WithDefaults(),
		byKey:  make(map[string]*File),
		keys:   make(map[string]string),
		parsed: make(map[string]*parsed),

		folders: make(map[string]map[string][]string),
	}
}

// load parses the file at the path, or finds the source that it already is.
func (l *loader) load(file string) (*File, error) {
	key, err := l.realPath(file)
	if err != nil {
		return nil, err
	}
	if s := l.byKey[key]; s != nil {
		return s, nil
	}
	l.prefetch([]string{file}) // nothing to do for most
	p := l.parsed[file]
	if p.err != nil {
		return nil, p.err
	}
	s := &File{Path: file, Key: key, Tree: p.tree, syntax: p.ds}
	s.indexErrors()
	s.findBroken()
	l.sources = append(l.sources, s)
	l.byKey[key] = s
	l.found = append(l.found, p.ds...)
	return s, nil
}

// WithoutEchoes drops what was found wrong with the meaning of text that the
// parser already rejected: one root cause is one diagnostic.
func (l *Loaded) WithoutEchoes(found []*idl.Diagnostic) []*idl.Diagnostic {
	syntax := make(map[*idl.Diagnostic]bool)
	byFile := make(map[string]*File)
	for _, s := range l.Files {
		byFile[s.Path] = s
		for _, d := range s.syntax {
			syntax[d] = true
		}
	}
	return slices.DeleteFunc(found, func(d *idl.Diagnostic) bool {
		s := byFile[d.Span.File]
		return s != nil && !syntax[d] && s.HasErrorIn(d.Span)
	})
}
