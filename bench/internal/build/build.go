// Package build compiles the measuring program of this bench against another
// version of gridc: the same peers, loads and measurements, and nothing but the
// runtime and the stubs of that version.
package build

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// Program is a measuring program that was built.
type Program struct {
	Paths   []string // of the binaries, one for each layout
	Version string   // of gridc, for the reader of the tables
}

// Builder builds programs into a folder of its own. It is not for concurrent use.
type Builder struct {
	// Layouts is how many binaries a program has that differ in the order of their functions,
	// which is random in each and the same in every run. 0 and 1: one, in
	// the order of the linker.
	Layouts int

	bench string // the folder of this module
	temp  string
}

// New returns a Builder for the bench in the folder dir. Close removes what it
// built.
func New(dir string) (*Builder, error) {
	bench, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	// The go command wants real paths in an overlay.
	if bench, err = filepath.EvalSymlinks(bench); err != nil {
		return nil, err
	}
	temp, err := os.MkdirTemp("", "gridc-bench")
	if err != nil {
		return nil, err
	}
	return &Builder{bench: bench, temp: temp}, nil
}

// Close removes all programs.
func (b *Builder) Close() error { return os.RemoveAll(b.temp) }

// WorkTree builds the program of the tree that the bench is in, as it is now.
func (b *Builder) WorkTree(ctx context.Context) (Program, error) {
	binaries, err := b.compile(ctx, filepath.Join(b.temp, "work-tree"))
	if err != nil {
		return Program{}, fmt.Errorf("the measuring program of this tree: %w", err)
	}
	return Program{binaries, "this tree"}, nil
}

// Commit builds the program with gridc as it was at a commit, which may be named
// in any way that git understands.
func (b *Builder) Commit(ctx context.Context, name string) (Program, error) {
	repo, err := openRepository(ctx, b.bench)
	if err != nil {
		return Program{}, fmt.Errorf("gridc at %s cannot be built: %w", name, err)
	}
	c, err := repo.commit(ctx, name)
	if err != nil {
		return Program{}, err
	}
	tree := filepath.Join(b.temp, "tree-"+c.hash)
	if err := repo.checkout(ctx, c, tree); err != nil {
		return Program{}, err
	}
	binaries, err := b.compileWith(ctx, tree, filepath.Join(b.temp, "program-"+c.hash))
	if err != nil {
		return Program{}, fmt.Errorf("gridc at %s: %w", name, err)
	}
	return Program{binaries, c.String()}, nil
}

// compileWith builds the program with the gridc in tree.
func (b *Builder) compileWith(ctx context.Context, tree, binary string) ([]string, error) {
	stubs, err := stubsOf(ctx, b.bench, tree)
	if err != nil {
		return nil, err
	}
	overlay, err := writeOverlay(tree, filepath.Join(b.bench, stubFolder), stubs)
	if err != nil {
		return nil, err
	}
	modfile, err := b.writeModfile(ctx, tree)
	if err != nil {
		return nil, err
	}
	binaries, err := b.compile(ctx, binary, "-tags=older", "-mod=mod", "-modfile="+modfile, "-overlay="+overlay)
	if err != nil {
		return nil, fmt.Errorf("this bench's program does not build with it: %w", err)
	}
	return binaries, nil
}

// writeModfile writes a go.mod like the bench's, but with the gridc in tree.
func (b *Builder) writeModfile(ctx context.Context, tree string) (string, error) {
	modfile := filepath.Join(tree, "bench-with-this-gridc.mod") // go.sum is looked for beside it
	for from, to := range map[string]string{"go.mod": modfile, "go.sum": modfile[:len(modfile)-len(".mod")] + ".sum"} {
		if err := copyFile(filepath.Join(b.bench, from), to); err != nil {
			return "", err
		}
	}
	_, err := run(ctx, b.bench, "go", "mod", "edit", "-replace=github.com/gridrpc/gridc="+tree, modfile)
	return modfile, err
}

// compile builds the program. All are built in the same way, so that nothing but
// what they measure can make a difference; and as `go run` builds, so that what
// they have in common is in the cache.
func (b *Builder) compile(ctx context.Context, binary string, flags ...string) (binaries []string, err error) {
	args := append([]string{"build", "-buildvcs=false"}, flags...)
	if b.Layouts <= 1 {
		_, err := run(ctx, b.bench, "go", append(args, "-o", binary, "./internal/measurer")...)
		return []string{binary}, err
	}
	for seed := 1; seed <= b.Layouts; seed++ {
		path := fmt.Sprint(binary, "-", seed)
		linked := append(slices.Clone(args), fmt.Sprint("-ldflags=-randlayout=", seed), "-o", path, "./internal/measurer")
		if _, err := run(ctx, b.bench, "go", linked...); err != nil {
			return nil, err
		}
		binaries = append(binaries, path)
	}
	return binaries, nil
}

func copyFile(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o644)
}

// run runs a command in a folder and returns what it printed; what it complained
// of is in the error.
func run(ctx context.Context, dir, name string, args ...string) (string, error) {
	return runWith(ctx, dir, nil, name, args...)
}

func runWith(ctx context.Context, dir string, env []string, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	out, err := cmd.Output()
	if exit, ok := err.(*exec.ExitError); ok {
		return "", fmt.Errorf("%s %s: %w\n%s", name, args[0], err, exit.Stderr)
	}
	return string(out), err
}
