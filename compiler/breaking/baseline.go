package breaking

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/compiler/load"
	"github.com/gridrpc/gridc/idl"
)

// Baseline is an older revision of files, to compare the present one with.
type Baseline struct {
	Schema *ir.Schema
	// Diagnostics say why there is no Schema: the older revision has mistakes.
	Diagnostics []*idl.Diagnostic
	// ReadFile reads the files that Diagnostics point into.
	ReadFile func(path string) ([]byte, error)
	// Now is the present revision: what the paths stand for, and the files that
	// packages of theirs have moved to.
	Now *ir.Schema
	// New are the packages of the paths that the older revision does not have.
	New []string
	// NoRef says that what was given is no ref of the repository that holds the
	// paths, so that a file or folder was taken; it is nil otherwise.
	NoRef error
}

// ErrNothing is the error of ReadBaseline when not one of the named packages is in
// the older revision, nor any handler.
var ErrNothing = errors.New("nothing to compare")

// ReadBaseline reads the revision that against names: a git ref, a folder with
// older files, or a file that `gridc ir` wrote. A name that ends with .json, or
// that is written as a path (./x, ../x, x/, /x), is a file or folder; any other is
// a ref, and a file or folder only when there is no such ref. The present revision
// is loaded by reload, whose error is returned as it is.
//
// What is compared with the packages that the paths stand for is what the paths
// held in that revision; for packages that they did not hold, whatever file of the
// revision had the package, and for packages that they no longer hold, whatever
// file has it now. Where one package might be either of two, that is an error.
func ReadBaseline(against string, paths []string, reload func(paths ...string) (*ir.Schema, error)) (*Baseline, error) {
	info, statErr := os.Stat(against)
	exists, isFolder := statErr == nil, statErr == nil && info.IsDir()
	switch {
	case against == "":
		return nil, errors.New("there is nothing to compare with: give a git ref, a folder or a file of `gridc ir`")
	case isFolder && isWrittenAsPath(against):
		return folderBaseline(against, paths, reload)
	case isWrittenAsPath(against):
		return savedBaseline(against, paths, reload)
	}
	tree, err := load.OpenGitTree(against, paths[0])
	switch {
	case err == nil:
		return gitBaseline(tree, against, paths, reload)
	case errors.Is(err, load.ErrAmbiguous):
		return nil, err
	case !exists:
		return nil, fmt.Errorf("%w; there is no file or folder %s either", err, against)
	}
	read := savedBaseline
	if isFolder {
		read = folderBaseline
	}
	b, readErr := read(against, paths, reload)
	if b != nil && errors.Is(err, load.ErrNoRef) {
		b.NoRef = err
	}
	return b, readErr
}

func isWrittenAsPath(against string) bool {
	slashed := filepath.ToSlash(against)
	return strings.HasSuffix(against, ".json") || filepath.IsAbs(against) || strings.HasSuffix(slashed, "/") ||
		slashed == "." || slashed == ".." || strings.HasPrefix(slashed, "./") || strings.HasPrefix(slashed, "../")
}

func savedBaseline(file string, paths []string, reload func(paths ...string) (*ir.Schema, error)) (*Baseline, error) {
	now, err := reload(paths...)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	s, err := ir.Unmarshal(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	b := &Baseline{Schema: s, ReadFile: os.ReadFile, Now: now}
	return b, b.mustCompare(file)
}

// mustCompare notes which packages are new, and fails when there is nothing to
// compare at all.
func (b *Baseline) mustCompare(name string) error {
	named := map[string]bool{} // by name and by path
	for _, p := range b.Schema.Packages {
		named[p.Name] = true
		if p.Root {
			named[p.Path] = true
		}
	}
	compared := false
	for _, p := range b.Now.Packages {
		switch {
		case !p.Root:
		case named[p.Name] || named[p.Path]:
			compared = true
		default:
			b.New = append(b.New, p.Name)
		}
	}
	if compared || hasHandlers(b.Schema) { // which are compared by their ids, whatever the package
		return nil
	}
	return fmt.Errorf("%w: %s has no package `%s`; name files or folders with packages that are there, or leave out what is new as a whole",
		ErrNothing, name, strings.Join(b.New, "`, `"))
}

// hasHandlers reports whether a package that was named has any.
func hasHandlers(s *ir.Schema) bool {
	for _, p := range s.Packages {
		for _, svc := range p.Services {
			if p.Root && len(svc.Handlers) > 0 {
				return true
			}
		}
	}
	return false
}
