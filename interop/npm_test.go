package interop_test

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// The client of the npm package ws dials a node, calls it and serves its calls,
// opens streams and serves those of the node.
func TestNpmWSDials(t *testing.T) {
	program, folder := nodeProgram(t), npmFolder(t)
	n := startNode(t, grid.Options{Name: "beta", Peers: []grid.Peer{{Name: "alpha"}}})
	p := startProcess(t, program, filepath.Join(folder, "ws.mjs"), "dial", "alpha", "beta", n.address)
	p.expect(t, proofs...)
	callStranger(t, n.Connection("alpha"))
	openAtStranger(t, n.Connection("alpha"))
	p.finish(t)
}

// The server of the npm package ws is dialed by a node, and does the same.
func TestNpmWSAccepts(t *testing.T) {
	program, folder := nodeProgram(t), npmFolder(t)
	p := startProcess(t, program, filepath.Join(folder, "ws.mjs"), "accept", "beta", "alpha", "")
	address := net.JoinHostPort("127.0.0.1", p.after(t, "listening "))
	n := startNode(t, grid.Options{Name: "alpha", Peers: []grid.Peer{{Name: "beta", Address: address}}})
	p.expect(t, proofs...)
	callStranger(t, n.Connection("beta"))
	openAtStranger(t, n.Connection("beta"))
	p.finish(t)
}

// installation is what became of the one attempt to install the packages.
type installation struct {
	folder string // holds the scripts and node_modules; empty where there is none
	skip   string // why there is none, where that is nobody's fault
	fault  string
}

// npmFolder returns a folder with the scripts of node/ and the packages of its
// lock file beside them. It skips the test where npm or its registry is missing.
func npmFolder(t *testing.T) string {
	t.Helper()
	i := installed()
	switch {
	case i.fault != "":
		t.Fatal(i.fault)
	case i.skip != "":
		t.Skip(i.skip)
	}
	return i.folder
}

// tempFolders are removed by TestMain at the end.
var tempFolders []string

func removeInstalled() {
	for _, folder := range tempFolders {
		_ = os.RemoveAll(folder)
	}
}

// installed installs once for all tests, outside of the source tree.
var installed = sync.OnceValue(func() installation {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return installation{skip: "npm is not installed: " + err.Error()}
	}
	folder, err := os.MkdirTemp("", "gridc-interop-")
	if err != nil {
		return installation{fault: err.Error()}
	}
	tempFolders = append(tempFolders, folder)
	i := installation{folder: folder}
	if err := os.CopyFS(folder, os.DirFS("node")); err != nil {
		i.fault = err.Error()
		return i
	}
	i.skip, i.fault = npmInstall(npm, folder)
	return i
})

// unreachable are npm's codes for a registry that cannot be asked.
var unreachable = regexp.MustCompile(`ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|ERR_SOCKET_TIMEOUT|ENOTCACHED|E403|E50[0-9]`)

// npmInstall installs exactly what the lock file pins.
func npmInstall(npm, folder string) (skip, fault string) {
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	command := exec.CommandContext(ctx, npm, "ci", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=0")
	command.Dir = folder
	command.WaitDelay = time.Second
	output, err := command.CombinedOutput()
	switch {
	case err == nil:
		return "", ""
	case ctx.Err() != nil:
		return "the npm registry did not answer in time", ""
	case unreachable.Match(output):
		return "the npm registry is not reachable: " + string(unreachable.Find(output)), ""
	default:
		return "", "npm ci: " + err.Error() + "\n" + string(output)
	}
}
