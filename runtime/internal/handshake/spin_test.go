package handshake_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The independent model of the same rules, checked where Spin and a C compiler
// are installed; and a model with a mistake in it, which must be found.
func TestP7Spin(t *testing.T) {
	for _, tool := range []string{"spin", "cc"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	text, err := os.ReadFile(filepath.Join("testdata", "spin", "session.pml"))
	if err != nil {
		t.Fatal(err)
	}
	if out := spin(t, string(text)); !strings.Contains(out, "errors: 0") {
		t.Errorf("the model:\n%s", out)
	}
	wrong := strings.ReplaceAll(string(text), "number[theirs] < number[i]", "false")
	wrong = strings.ReplaceAll(wrong, "there[i] && (silent[i] || (!here[i] && empty(up[i])))", "false")
	if out := spin(t, wrong); !strings.Contains(out, "errors: 1") {
		t.Errorf("an acceptor that keeps a dead session for ever was not found:\n%s", out)
	}
}

// spin checks a model and returns what the verifier says.
func spin(t *testing.T, model string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "session.pml"), []byte(model), 0o644); err != nil {
		t.Fatal(err)
	}
	var last []byte
	for _, args := range [][]string{
		{"spin", "-a", "session.pml"},
		{"cc", "-O0", "-w", "-DNFAIR=3", "-o", "pan", "pan.c"},
		{"./pan", "-a", "-f", "-m500000"},
	} {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil && args[0] != "./pan" {
			t.Fatalf("%q: %v\n%s", args, err, out)
		}
		last = out
	}
	return string(last)
}
