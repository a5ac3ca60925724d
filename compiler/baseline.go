package compiler

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gridrpc/gridc/idl"
)

// Baseline is an older revision of files, to compare the present one with.
type Baseline struct {
	Schema *Schema
	// Diagnostics say why there is no Schema: the older revision has mistakes.
	Diagnostics []*idl.Diagnostic
	// ReadFile reads the files that Diagnostics point into.
	ReadFile func(path string) ([]byte, error)
}

// ReadBaseline reads the revision that against names: a file that `gridc ir`
// wrote, or a git ref. A name that ends with .json is a file; any other is a
// ref, and a file only when there is no such ref. Of the paths, those that the
// ref does not have yet count as empty.
func ReadBaseline(against string, paths ...string) (*Baseline, error) {
	if strings.HasSuffix(against, ".json") {
		return savedBaseline(against)
	}
	opts, err := GitOptions(against, paths[0])
	if err != nil {
		if info, statErr := os.Stat(against); statErr == nil && info.Mode().IsRegular() {
			return savedBaseline(against)
		}
		return nil, err
	}
	known, err := existing(opts, paths)
	if err != nil {
		return nil, err
	}
	s, ds, err := Load(opts, known...)
	if err != nil {
		return nil, err
	}
	return &Baseline{Schema: s, Diagnostics: ds, ReadFile: opts.ReadFile}, nil
}

func savedBaseline(file string) (*Baseline, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	s, err := UnmarshalIR(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return &Baseline{Schema: s, ReadFile: os.ReadFile}, nil
}

// existing returns those of the paths that stand for files.
func existing(opts Options, paths []string) ([]string, error) {
	var known []string
	for _, p := range paths {
		_, err := Files(opts, p)
		if err == nil {
			err = statFile(opts, p)
		}
		switch {
		case err == nil:
			known = append(known, p)
		case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errNoFiles):
			return nil, err
		}
	}
	return known, nil
}

// statFile fails for a file that is not there.
func statFile(opts Options, name string) error {
	if _, err := opts.ReadDir(filepath.ToSlash(name)); err == nil {
		return nil
	}
	_, err := opts.ReadFile(filepath.ToSlash(name))
	return err
}
