package interop_test

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"

	grid "github.com/gridrpc/gridc/runtime"
)

// proofs are the lines that node/exercise.mjs prints, in order.
var proofs = []string{
	"ok call", "ok large call", "ok calls at once under a subroute", "ok errors", "ok stream", "ok stream given up", "done",
}

// The client in node/client.mjs is written by hand from PROTOCOL.md alone, the
// WebSocket included. It makes calls and streams against a real node over TCP.
func TestHandWrittenNodeClient(t *testing.T) {
	program := nodeProgram(t)
	n := startNode(t, grid.Options{Name: "beta", Accept: func(name string) bool { return name == "tool" }})
	p := startProcess(t, program, "node/hand.mjs", "dial", "tool", "beta", n.address)
	p.expect(t, proofs...)
	p.finish(t)
}

// The same WebSocket under a peer that also serves: calls and streams of the node.
func TestHandWrittenNodePeer(t *testing.T) {
	program := nodeProgram(t)
	n := startNode(t, grid.Options{Name: "beta", Peers: []grid.Peer{{Name: "alpha"}}})
	p := startProcess(t, program, "node/hand.mjs", "serve", "alpha", "beta", n.address)
	p.expect(t, proofs...)
	callStranger(t, n.Connection("alpha"))
	openAtStranger(t, n.Connection("alpha"))
	p.finish(t)
}

func TestHandWrittenNodeClientIsUnder300Lines(t *testing.T) {
	source, err := os.ReadFile("node/client.mjs")
	if err != nil {
		t.Fatal(err)
	}
	if lines := bytes.Count(source, []byte("\n")); lines >= 300 {
		t.Errorf("node/client.mjs has %d lines", lines)
	}
}

// nodeProgram returns the path of Node, or skips the test.
func nodeProgram(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("node")
	if err != nil {
		t.Skip("Node is not installed: ", err)
	}
	version, err := exec.CommandContext(limited(t), path, "--version").Output()
	if err != nil {
		t.Skip("Node does not run: ", err)
	}
	major, _, _ := strings.Cut(strings.TrimPrefix(string(version), "v"), ".")
	if len(major) < 2 || major < "20" {
		t.Skipf("Node %s is too old: 20 is the first that these strangers run on", bytes.TrimSpace(version))
	}
	return path
}
