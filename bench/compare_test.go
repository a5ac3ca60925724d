package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// compareRepo is a repository with the script and nothing else.
type compareRepo struct {
	t   *testing.T
	dir string
}

func newCompareRepo(t *testing.T) compareRepo {
	for _, tool := range []string{"bash", "git"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(err)
		}
	}
	r := compareRepo{t, t.TempDir()}
	script, err := os.ReadFile("compare")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(r.dir, "bench"), 0o755); err != nil {
		t.Fatal(err)
	}
	r.write("bench/compare", string(script))
	r.git("init", "-q", "-b", "main")
	r.git("add", ".")
	r.git("commit", "-q", "-m", "first")
	return r
}

func (r compareRepo) write(name, content string) {
	if err := os.WriteFile(filepath.Join(r.dir, name), []byte(content), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

// git runs git as nobody in particular, whatever is configured here.
func (r compareRepo) git(args ...string) string {
	r.t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=n", "-c", "user.email=n@example.com", "-c", "commit.gpgsign=false"}, args...)...)
	cmd.Dir, cmd.Env = r.dir, append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// change commits another file, and returns the commit.
func (r compareRepo) change(name string) string {
	r.write(name, name)
	r.git("add", ".")
	r.git("commit", "-q", "-m", name)
	return r.git("rev-parse", "--short", "HEAD")
}

// print runs the script, which says what it would compare.
func (r compareRepo) print(args ...string) (string, error) {
	cmd := exec.Command("bash", append([]string{filepath.Join(r.dir, "bench", "compare"), "-print"}, args...)...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (r compareRepo) expect(what, base, next string, args ...string) {
	r.t.Helper()
	out, err := r.print(args...)
	if want := "base: " + base + "\nnew:  " + next + "\n"; err != nil || out != want {
		r.t.Errorf("%s: %v\n got %swant %s", what, err, out, want)
	}
}

func TestCompareChoosesItsBase(t *testing.T) {
	r := newCompareRepo(t)
	first := r.git("rev-parse", "--short", "HEAD")
	second := r.change("second")
	r.expect("on main", first, "the work tree")
	r.write("second", "changed")
	r.expect("on main, with a change", second, "the work tree")
	r.git("checkout", "-q", "-b", "topic")
	third := r.change("third")
	r.change("fourth")
	r.expect("on a branch", second, "the work tree")
	r.expect("given", third, "the work tree", third)
	r.expect("two given", first, third, first, third)
	r.git("tag", "v0.1.0", third)
	r.expect("with a release", "v0.1.0", "the work tree")
	if out, err := r.print("nonsense"); err == nil {
		t.Errorf("a commit that is not there: %s", out)
	}
}
