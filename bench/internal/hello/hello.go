// Package hello builds the smallest program of each peer and looks at the result.
package hello

import (
	"context"
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/gridrpc/gridc/bench/internal/report"
)

// programs are the folders of bench/hello, by the peer's name.
var programs = []struct{ peer, folder string }{
	{"tcp", "tcp"}, {"gobwas/ws", "ws"}, {"gridc", "gridc"}, {"grpc-go", "grpc"},
	{"connect", "connect"}, {"drpc", "drpc"}, {"ttrpc", "ttrpc"}, {"net/rpc", "netrpc"},
}

// Measure builds all programs, stripped, into a folder that it removes. It runs
// in the folder of this module.
func Measure(ctx context.Context) ([]report.Hello, error) {
	dir, err := os.MkdirTemp("", "hello")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	var all []report.Hello
	for _, p := range programs {
		h, err := build(ctx, filepath.Join(dir, p.folder), p.folder)
		if err != nil {
			return nil, err
		}
		h.Peer = p.peer
		all = append(all, h)
	}
	return all, nil
}

func build(ctx context.Context, binary, folder string) (report.Hello, error) {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, "./hello/"+folder)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0") // the same binary whether or not there is a C compiler
	if out, err := cmd.CombinedOutput(); err != nil {
		return report.Hello{}, fmt.Errorf("build of hello/%s: %w\n%s", folder, err, out)
	}
	file, err := os.Stat(binary)
	if err != nil {
		return report.Hello{}, err
	}
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return report.Hello{}, err
	}
	return report.Hello{Bytes: file.Size(), Modules: len(info.Deps)}, nil
}
