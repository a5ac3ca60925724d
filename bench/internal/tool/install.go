package tool

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
)

// others are the commands to compare with. They are no tools of go.mod: buf
// alone would bring a hundred modules.
var others = []pinned{
	{"github.com/bufbuild/buf/cmd/buf", "v1.75.0"},
	{"google.golang.org/protobuf/cmd/protoc-gen-go", "v1.36.12"},
	{"google.golang.org/grpc/cmd/protoc-gen-go-grpc", "v1.6.2"},
}

// pinned is a command at a version.
type pinned struct{ pkg, version string }

func (p pinned) name() string { return path.Base(p.pkg) }

// installOthers installs what is not there yet in folders below dir, one for
// each version, and returns these folders as a search path.
func installOthers(ctx context.Context, dir string, progress io.Writer) (searchPath string, err error) {
	var bins []string
	for _, p := range others {
		bin := filepath.Join(dir, p.name()+"@"+p.version)
		if err := install(ctx, p, bin, progress); err != nil {
			return "", err
		}
		bins = append(bins, bin)
	}
	return strings.Join(bins, string(filepath.ListSeparator)), nil
}

// install installs one command in the folder bin, if it is not there.
func install(ctx context.Context, p pinned, bin string, progress io.Writer) error {
	if _, err := os.Stat(filepath.Join(bin, p.name())); err == nil {
		return nil
	}
	fmt.Fprintf(progress, "go install %s@%s, once\n", p.pkg, p.version)
	cmd := exec.CommandContext(ctx, "go", "install", p.pkg+"@"+p.version)
	cmd.Env = append(os.Environ(), "GOBIN="+bin, "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s@%s cannot be installed: %w: %s", p.name(), p.version, err, lastLine(out))
	}
	return nil
}

// lastLine is where go says why.
func lastLine(out []byte) string {
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	return string(lines[len(lines)-1])
}
