package gridc_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// builtCommand builds gridc once for a test.
func builtCommand(t *testing.T) string {
	t.Helper()
	command := filepath.Join(t.TempDir(), "gridc")
	if out, err := exec.Command("go", "build", "-o", command, "./cmd/gridc").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return command
}

// userRepository is a repository of git with a .grid file and its stubs.
func userRepository(t *testing.T, command string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), "module example.com/app\n\ngo 1.26\n")
	write(t, filepath.Join(dir, "lock.grid"), "package lock\n\nmessage Req {\n    name string = 1 @limit(256)\n}\n\nservice Lock {\n    // Acquire takes the lock.\n    @timeout(2s)\n    rpc Acquire(Req) = 100\n}\n")
	for _, line := range [][]string{
		{command, "gen", "lock.grid"}, {"git", "init", "-q", "-b", "main"}, {"git", "add", "."},
		{"git", "-c", "user.name=n", "-c", "user.email=n@example.com", "commit", "-q", "-m", "first"},
	} {
		if out, err := runIn(dir, nil, line...); err != nil {
			t.Fatalf("%v: %v\n%s", line, err, out)
		}
	}
	return dir
}

func runIn(dir string, env []string, line ...string) (string, error) {
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// worse are changes of the file that one of the checks must find.
var worse = map[string]func(text string) string{
	"fmt":      func(text string) string { return strings.Replace(text, "    name", "  name", 1) },
	"lint":     func(text string) string { return strings.Replace(text, "@timeout(2s)", "@timeout(0s)", 1) },
	"gen":      func(text string) string { return strings.Replace(text, "Req {", "Req {\n    more bool = 2", 1) },
	"breaking": func(text string) string { return strings.Replace(text, "name string", "name bool", 1) },
}

// Each hook passes what is sound, and finds what it is for.
func TestPreCommitHooks(t *testing.T) {
	command := builtCommand(t)
	hooks := regexp.MustCompile(`(?m)^- id: gridc-(\w+)(?s:.*?)  entry: gridc (.*)$`).FindAllStringSubmatch(read(t, ".pre-commit-hooks.yaml"), -1)
	if len(hooks) != 3 {
		t.Fatalf("%d hooks", len(hooks))
	}
	for _, hook := range hooks {
		line := append([]string{command}, strings.Fields(hook[2])...)
		if hook[1] != "gen" {
			line = append(line, "lock.grid") // as pre-commit does, unless pass_filenames is false
		}
		dir := userRepository(t, command)
		if out, err := runIn(dir, nil, line...); err != nil {
			t.Errorf("%v finds something in a sound file: %v\n%s", line[1:], err, out)
		}
		file := filepath.Join(dir, "lock.grid")
		sound := read(t, file)
		write(t, file, worse[hook[1]](sound))
		out, err := runIn(dir, nil, line...)
		if hook[1] == "fmt" { // it mends, and pre-commit sees that the file has changed
			if err != nil || read(t, file) != sound {
				t.Errorf("%v: %v\n%s", line[1:], err, out)
			}
		} else if err == nil {
			t.Errorf("%v finds nothing:\n%s", line[1:], out)
		}
	}
}

// The steps of the GitHub action, run by bash as GitHub does, pass what is sound; each
// finds what it is for.
func TestActionSteps(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil || runtime.GOOS == "windows" {
		t.Skip("there is no bash here")
	}
	steps := regexp.MustCompile(`(?m)^    - name: (?:Build )?(?:gridc )?(\w+)(?s:.*?)      run: '?([^'\n]*)'?$`).FindAllStringSubmatch(read(t, "action.yml"), -1)
	if len(steps) != 5 {
		t.Fatalf("%d steps: %v", len(steps), steps)
	}
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	temp := t.TempDir()
	env := []string{"GITHUB_ACTION_PATH=" + here, "RUNNER_TEMP=" + temp, "GRID_PATHS=lock.grid", "GRID_AGAINST=HEAD", "GRID_LEVEL=wire"}
	bash := func(dir, script string) (string, error) {
		return runIn(dir, env, "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script)
	}
	if out, err := bash(temp, steps[0][2]); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	dir := userRepository(t, filepath.Join(temp, "gridc"))
	file := filepath.Join(dir, "lock.grid")
	sound := read(t, file)
	for _, step := range steps[1:] {
		write(t, file, sound)
		if out, err := bash(dir, step[2]); err != nil {
			t.Errorf("%s finds something in a sound file: %v\n%s", step[1], err, out)
		}
		write(t, file, worse[step[1]](sound))
		if out, err := bash(dir, step[2]); err == nil {
			t.Errorf("%s finds nothing:\n%s", step[1], out)
		}
	}
}

// `go install` of a version refuses a module whose go.mod replaces anything.
func TestTheMainModuleReplacesNothing(t *testing.T) {
	if strings.Contains(read(t, "go.mod"), "replace") {
		t.Error("go.mod has a replace: nobody could install the command of a version")
	}
}
