package build

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// The schema of the bench and its stubs, in the folder of the bench.
const (
	schema     = "echo.grid"
	stubFolder = "gen/echo"
)

// stubsOf returns the folder with the stubs of the bench's schema as the gridc in
// tree generates them. Where the schema was the same they are there already.
func stubsOf(ctx context.Context, bench, tree string) (string, error) {
	there := filepath.Join(tree, "bench")
	stubs := filepath.Join(there, stubFolder)
	now, err := os.ReadFile(filepath.Join(bench, schema))
	if err != nil {
		return "", err
	}
	then, err := os.ReadFile(filepath.Join(there, schema))
	if err == nil && bytes.Equal(now, then) {
		if _, err := os.Stat(stubs); err == nil {
			return stubs, nil
		}
	}
	if err := errors.Join(os.RemoveAll(stubs), os.MkdirAll(there, 0o755)); err != nil {
		return "", err
	}
	for _, name := range []string{schema, "go.mod"} { // which says where the stubs are imported from
		if err := copyFile(filepath.Join(bench, name), filepath.Join(there, name)); err != nil {
			return "", err
		}
	}
	_, err = runWith(ctx, tree, []string{"GRIDC_CACHE=off"}, "go", "run", "./cmd/gridc", "gen", "bench/"+schema)
	if err != nil {
		return "", fmt.Errorf("its compiler does not take the bench's schema of today: %w", err)
	}
	return stubs, nil
}

// writeOverlay makes the go command see the files of one folder in the place of
// another's, and returns the file that says so.
func writeOverlay(dir, place, files string) (string, error) {
	replace, err := overlay(place, files)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "overlay.json")
	return path, os.WriteFile(path, text, 0o644)
}

// overlay replaces each file in place by that of the same name in files; one that
// is in place alone is as if it were not there.
func overlay(place, files string) (map[string]string, error) {
	replace := map[string]string{}
	old, err := os.ReadDir(place)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, f := range old {
		replace[filepath.Join(place, f.Name())] = ""
	}
	list, err := os.ReadDir(files)
	if err != nil {
		return nil, err
	}
	for _, f := range list {
		replace[filepath.Join(place, f.Name())] = filepath.Join(files, f.Name())
	}
	return replace, nil
}
