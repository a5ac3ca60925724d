package gogen

import (
	"encoding/json"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/gridrpc/gridc/compiler/check"
	"github.com/gridrpc/gridc/compiler/emit"
	"github.com/gridrpc/gridc/compiler/internal/lab"
)

// Archives in testdata/services hold .grid files and the service files that are
// generated for main.grid. -update rewrites the latter.
func TestServices(t *testing.T) {
	for _, file := range lab.TestFiles(t, "services/*.txtar") {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive := txtar.Parse([]byte(lab.ReadTestFile(t, file)))
			got := serviceFiles(t, archive)
			if diff := cmp.Diff(string(txtar.Format(archive)), string(txtar.Format(got))); diff != "" && !*lab.Update {
				t.Errorf("(-want +got):\n%s", diff)
			} else if diff != "" {
				lab.Rewrite(t, file, string(txtar.Format(got)))
			}
		})
	}
}

// serviceFiles are the .grid files of an archive with the files that are
// generated for the services in main.grid.
func serviceFiles(t *testing.T, archive *txtar.Archive) *txtar.Archive {
	t.Helper()
	got := &txtar.Archive{Comment: archive.Comment}
	for _, f := range archive.Files {
		if path.Ext(f.Name) == ".grid" {
			got.Files = append(got.Files, f)
		}
	}
	for _, o := range generateArchive(t, archive) {
		name := path.Base(o.Path)
		if o.Target.Root == "." && name != "types_grid.go" && name != "codec_grid.go" {
			got.Files = append(got.Files, txtar.File{Name: o.Path, Data: o.Content})
		}
	}
	return got
}

func generateArchive(t *testing.T, archive *txtar.Archive) []emit.Output {
	t.Helper()
	files := lab.Memory{}
	for _, f := range archive.Files {
		files[f.Name] = string(f.Data)
	}
	s, ds, err := check.Load(files.Options(), "main.grid")
	if err != nil || s == nil {
		t.Fatalf("Load: %v\n%s", err, lab.OneLines(ds))
	}
	outputs, err := Generate(s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return outputs
}

// The generated code compiles against the runtime as it is. The files exist in an
// overlay only.
func TestServicesBuild(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range lab.TestFiles(t, "services/*.txtar") {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			dir, packages := t.TempDir(), map[string]bool{}
			overlay := map[string]string{}
			for _, o := range generateArchive(t, txtar.Parse([]byte(lab.ReadTestFile(t, file)))) {
				real := filepath.Join(dir, strings.ReplaceAll(o.Path, "/", "_"))
				if err := os.WriteFile(real, o.Content, 0o644); err != nil {
					t.Fatal(err)
				}
				overlay[filepath.Join(here, filepath.FromSlash(o.Path))] = real
				packages["./"+path.Dir(o.Path)] = true
			}
			buildOverlay(t, dir, overlay, packages)
		})
	}
}

func buildOverlay(t *testing.T, dir string, overlay map[string]string, packages map[string]bool) {
	t.Helper()
	text, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{"build", "-overlay", file}
	for p := range packages {
		args = append(args, p)
	}
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		t.Errorf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func TestGenerateIsDeterministic(t *testing.T) {
	archive := txtar.Parse([]byte(lab.ReadTestFile(t, filepath.Join("testdata", "services", "names.txtar"))))
	first := generateArchive(t, archive)
	for range 5 {
		if diff := cmp.Diff(first, generateArchive(t, archive), cmp.AllowUnexported(emit.Output{}, emit.Target{})); diff != "" {
			t.Fatal(diff)
		}
	}
}
