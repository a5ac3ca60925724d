package main

import (
	"context"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/gridrpc/gridc/examples/gen/storage"
)

// beTheCommand makes this test binary behave as the command itself, so that the
// tests, and the tour, start real processes without building anything.
const beTheCommand = "STORAGE_TEST_BE_THE_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(beTheCommand) != "" {
		main()
	}
	os.Setenv(beTheCommand, "1") // children inherit it
	goleak.VerifyTestMain(m)
}

// command is this program with arguments, as a process.
func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return exec.Command(program, args...)
}

// soon ends a test that hangs.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// lonely starts a server without peers. It can call itself: that takes the whole
// way through stubs, frames and handlers. It returns the folder of its disk1.
func lonely(t *testing.T) (n *node, client *storage.StorageClient, folder string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	data := t.TempDir()
	n, err = startNode(ln, nodeConfig{
		name: "lonely", data: data, key: []byte("0123456789abcdef"), log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := n.stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return n, n.disk("lonely", "disk1"), filepath.Join(data, "disk1")
}

// fill writes files below a folder. The content of each is its name.
func fill(t *testing.T, folder string, names ...string) {
	t.Helper()
	for _, name := range names {
		if err := writeFile(filepath.Join(folder, filepath.FromSlash(name)), []byte(name)); err != nil {
			t.Fatal(err)
		}
	}
}
