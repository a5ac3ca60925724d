package gridc_test

import (
	"bytes"
	"context"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/gridrpc/gridc/examples/gen/storage"
	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
)

// lockedBuffer is a log that a test reads while the node writes.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

var (
	levelAndText = regexp.MustCompile(`level=(\w+) msg="([^"]*)"`)
	// What the socket says depends on the system, and on what was under way.
	socketSays = regexp.MustCompile(`connection lost: [^"()]*[^"() ]`)
)

// What README.md shows of a peer that dies is what callers and the log are told.
func TestReadmeShowsALoss(t *testing.T) {
	readme := read(t, "README.md")
	synctest.Test(t, func(t *testing.T) {
		log := new(lockedBuffer)
		mesh := lossMesh(t, log)
		c := storage.NewStorageClient(mesh.Connection("node1", "node2"), "disk0")

		underWay := make(chan error)
		go func() {
			_, err := c.DiskInfo(t.Context(), &storage.DiskInfoOptions{})
			underWay <- err
		}()
		synctest.Wait()
		mesh.Crash("node2")
		lines := []string{(<-underWay).Error()}
		_, err := c.DiskInfo(t.Context(), &storage.DiskInfoOptions{})
		if err == nil {
			t.Fatal("a peer that is gone has answered")
		}
		lines = append(lines, err.Error())

		mesh.Restart("node2")
		if err := mesh.WaitConnected(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		told := levelAndText.ReplaceAllString(log.String(), "$1 $2")
		lines = append(lines, strings.Split(strings.TrimSpace(told), "\n")[1:]...) // behind the first connection
		if len(lines) != 4 {
			t.Errorf("a loss and its end are %d lines, not two errors and two of the log: %q", len(lines), lines)
		}
		for _, line := range lines {
			line = socketSays.ReplaceAllString(line, "connection lost")
			if !strings.Contains(readme, "\n"+line+"\n") {
				t.Errorf("README.md does not show this line:\n%s", line)
			}
		}
	})
}

// lossMesh is two nodes that are connected. A call of node2 takes as long as its
// caller likes; the log is node1's.
func lossMesh(t *testing.T, log *lockedBuffer) *gridtest.Mesh {
	t.Helper()
	withoutTime := func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}
	mesh := gridtest.New(t, gridtest.Options{
		Nodes: []string{"node1", "node2"},
		Configure: func(name string, o *grid.Options) {
			if name == "node1" {
				o.Logger = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{ReplaceAttr: withoutTime}))
			}
		},
		Register: func(n *gridtest.Node) error {
			return storage.RegisterStorage(n.Manager(), "disk0", &storage.StorageFuncs{
				DiskInfoFunc: func(ctx context.Context, _ *storage.DiskInfoOptions) (*storage.DiskInfo, error) {
					<-ctx.Done()
					return nil, ctx.Err()
				},
			})
		},
	})
	if err := mesh.WaitConnected(t.Context()); err != nil {
		t.Fatal(err)
	}
	return mesh
}
