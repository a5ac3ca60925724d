package atomicfile

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// What a process that lives is writing is not taken from it.
func TestSweepSparesTheLiving(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, tempName("a.grid"))
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	locked, known := tryLock(f)
	if known && !locked {
		t.Fatal("nobody else has the lock")
	}
	Sweep(dir)
	if _, err := os.Stat(name); err != nil {
		t.Fatalf("a file in use was removed: %v", err)
	}
	f.Close()
	if !known { // the age tells
		old := time.Now().Add(-2 * lockless)
		if err := os.Chtimes(name, old, old); err != nil {
			t.Fatal(err)
		}
	}
	Sweep(dir)
	if _, err := os.Stat(name); err == nil {
		t.Error("an abandoned file stays")
	}
}

// A link with such a name leads elsewhere, and stays.
func TestSweepFollowsNoLinks(t *testing.T) {
	dir := t.TempDir()
	other := filepath.Join(t.TempDir(), "other")
	if err := os.WriteFile(other, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, tempName("a.grid"))
	if err := os.Symlink(other, link); err != nil {
		t.Skip(err)
	}
	Sweep(dir)
	for _, name := range []string{other, link} {
		if _, err := os.Lstat(name); err != nil {
			t.Error(err)
		}
	}
}

// Whoever removes a temporary file under a writer costs it another try.
func TestReplaceWhileSwept(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a.grid")
	if err := os.WriteFile(file, nil, 0o640); err != nil {
		t.Fatal(err)
	}
	stop, swept := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(swept)
		for {
			select {
			case <-stop:
				return
			default:
				Sweep(dir)
			}
		}
	}()
	failed := 0
	for i := range 100 {
		if err := Replace(file, []byte{byte(i)}); err != nil {
			failed++
		}
	}
	close(stop)
	<-swept
	info, err := os.Stat(file)
	if err != nil || info.Size() != 1 || info.Mode().Perm() != 0o640 || failed > 0 {
		t.Errorf("%v, %v, %d failed", info, err, failed)
	}
}
