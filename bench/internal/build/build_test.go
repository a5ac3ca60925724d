package build

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// write writes a file, and the folders that it is in.
func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// git runs git in a folder as nobody in particular, whatever is configured here.
func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=n", "-c", "user.email=n@example.com", "-c", "commit.gpgsign=false"}, args...)...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// repositoryOf returns a new repository with one commit, which has file as text.
func repositoryOf(t *testing.T, file, text string) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip(err)
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	git(t, dir, "init", "-q", "-b", "main")
	write(t, filepath.Join(dir, file), text)
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-q", "-m", "first")
	return dir
}

func TestACheckoutHasTheFilesOfTheCommit(t *testing.T) {
	dir := repositoryOf(t, "bench/a", "then")
	write(t, filepath.Join(dir, "bench/a"), "now")
	write(t, filepath.Join(dir, "bench/b"), "new")
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-q", "-m", "second")
	repo, err := openRepository(t.Context(), filepath.Join(dir, "bench"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := repo.commit(t.Context(), "HEAD~1")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(c.hash, c.short) || !strings.HasPrefix(c.String(), c.short+" of 20") {
		t.Errorf("the commit is %+v", c)
	}
	to := filepath.Join(t.TempDir(), "tree")
	if err := repo.checkout(t.Context(), c, to); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(to, "bench/a")); err != nil || string(text) != "then" {
		t.Errorf("a is %q, %v", text, err)
	}
	if _, err := os.Stat(filepath.Join(to, "bench/b")); err == nil {
		t.Error("a file is there that came later")
	}
	if status := git(t, dir, "status", "--porcelain"); status != "" {
		t.Errorf("the repository was changed: %s", status)
	}
	if list := git(t, dir, "worktree", "list"); strings.Contains(list, "\n") {
		t.Errorf("something is left in the repository: %s", list)
	}
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	dir := repositoryOf(t, "a", "")
	expect := func(what string, err error, wants ...string) {
		t.Helper()
		for _, want := range wants {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, without %q", what, err, want)
			}
		}
	}
	in := func(folder string) *Builder { return &Builder{bench: folder, temp: t.TempDir()} }
	_, err := in(dir).Commit(t.Context(), "nonsense")
	expect("no such commit", err, `there is no commit "nonsense" in `+dir, "fetch it")
	_, err = in(dir).Commit(t.Context(), "--all")
	expect("an option", err, `"--all" is no name of a commit`)
	_, err = in(t.TempDir()).Commit(t.Context(), "HEAD")
	expect("no repository", err, "gridc at HEAD cannot be built", "is in no git repository")
	t.Setenv("PATH", "")
	_, err = in(dir).Commit(t.Context(), "HEAD")
	expect("no git", err, "gridc at HEAD cannot be built", "it takes git")
}

func TestTheOverlayReplacesAllStubs(t *testing.T) {
	now, then := t.TempDir(), t.TempDir()
	write(t, filepath.Join(now, "both.go"), "")
	write(t, filepath.Join(now, "later.go"), "")
	write(t, filepath.Join(then, "both.go"), "")
	write(t, filepath.Join(then, "gone.go"), "")
	got, err := overlay(now, then)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		filepath.Join(now, "both.go"):  filepath.Join(then, "both.go"),
		filepath.Join(now, "gone.go"):  filepath.Join(then, "gone.go"),
		filepath.Join(now, "later.go"): "",
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestStubsOfTheSameSchemaAreTakenAsTheyAre(t *testing.T) {
	bench, tree := t.TempDir(), t.TempDir()
	write(t, filepath.Join(bench, schema), "package echo\n")
	write(t, filepath.Join(tree, "bench", schema), "package echo\n")
	there := filepath.Join(tree, "bench", stubFolder)
	write(t, filepath.Join(there, "a_grid.go"), "")
	if got, err := stubsOf(t.Context(), bench, tree); got != there || err != nil {
		t.Errorf("the stubs are in %s, %v", got, err)
	}
}

// Another schema needs the compiler of that version, which is not there.
func TestStubsOfAnotherSchemaAreGenerated(t *testing.T) {
	bench, tree := t.TempDir(), t.TempDir()
	write(t, filepath.Join(bench, schema), "package echo\n")
	write(t, filepath.Join(bench, "go.mod"), "module x\n")
	write(t, filepath.Join(tree, "bench", schema), "package other\n")
	write(t, filepath.Join(tree, "bench", stubFolder, "a_grid.go"), "")
	got, err := stubsOf(t.Context(), bench, tree)
	if err == nil || !strings.Contains(err.Error(), "its compiler does not take the bench's schema of today") {
		t.Errorf("the stubs are in %s, %v", got, err)
	}
}

// TestAnOlderBuildIsBuilt builds the last commit, which takes a while.
func TestAnOlderBuildIsBuilt(t *testing.T) {
	if testing.Short() {
		t.Skip("it compiles gridc")
	}
	b, err := New(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	if repo, err := openRepository(t.Context(), b.bench); err != nil {
		t.Skip(err)
	} else if _, err := repo.commit(t.Context(), "HEAD"); err != nil {
		t.Skip(err)
	}
	b.Layouts = 2
	p, err := b.Commit(t.Context(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Paths) != 2 {
		t.Fatalf("%d binaries have two layouts", len(p.Paths))
	}
	var order [2]string // of functions
	for i, path := range p.Paths {
		out, err := exec.Command(path).CombinedOutput()
		if err == nil || !strings.Contains(string(out), "started by the bench") {
			t.Errorf("%s says %q, %v", path, out, err)
		}
		order[i] = functions(t, path)
	}
	if order[0] == order[1] || len(order[0]) != len(order[1]) {
		t.Errorf("two layouts have the same order of functions, or not the same functions: %d and %d bytes of names", len(order[0]), len(order[1]))
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	for _, path := range p.Paths {
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s is still there", path)
		}
	}
}

// functions names the functions of the bench in a binary, in the order of their addresses.
func functions(t *testing.T, path string) string {
	t.Helper()
	out, err := exec.Command("go", "tool", "nm", "-sort", "address", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(string(out)) {
		if f := strings.Fields(line); len(f) == 3 && f[1] == "T" && strings.Contains(f[2], "gridrpc/gridc/bench") {
			names = append(names, f[2])
		}
	}
	if len(names) < 100 {
		t.Fatalf("%d functions of the bench are in %s", len(names), path)
	}
	return strings.Join(names, "\n")
}
