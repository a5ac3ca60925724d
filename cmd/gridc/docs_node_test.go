package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// Nodes that a document starts listen where there is room, and are shown where the
// document has them. Who goes to an address of the document comes to a forward, which is
// there before the node is: nodes have to know each other's addresses.

// forward takes connections on to a node.
type forward struct {
	net.Listener
	up chan struct{} // closed once the node listens
	to string        // where; set with up
}

// startNode does `storage … -listen ADDRESS … 2> LOG &`: the node runs to the end of the test.
func (r *replay) startNode(args []string) string {
	r.Helper()
	if r.storage == "" {
		r.storage = buildStorage(r.T, r.home)
	}
	var rest []string
	documented, logged := "", ""
	for i := 0; i < len(args); i++ {
		switch args[i] {
		case "-listen":
			i++
			documented = args[i]
		case "2>":
			i++
			logged = args[i]
		case "-peers":
			i++
			rest = append(rest, "-peers", r.reachable(args[i]))
		case "&":
		default:
			rest = append(rest, args[i])
		}
	}
	cmd := exec.Command(r.storage, append([]string{"-attached", "-listen", "127.0.0.1:0"}, rest...)...)
	if logged != "" {
		file, err := os.Create(logged)
		r.check(err)
		r.Cleanup(func() { _ = file.Close() })
		cmd.Stderr = file
	}
	address, stop := startListening(r.check, cmd)
	r.nodes = append(r.nodes, cmd)
	r.Cleanup(func() {
		_ = resume(cmd.Process) // who is stopped does not end
		stop()
	})
	f := r.forwardOf(documented)
	f.to = address
	close(f.up)
	return "listening on " + documented + "\n"
}

func (r *replay) check(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

// reachable puts forwards in the place of the addresses of peers, but for one that nobody
// listens at.
func (r *replay) reachable(peers string) string {
	all := strings.Split(peers, ",")
	for i, peer := range all {
		if name, address, _ := strings.Cut(peer, "="); !strings.HasSuffix(address, ":1") {
			all[i] = name + "=" + r.forwardOf(address).Addr().String()
		}
	}
	return strings.Join(all, ",")
}

// forwardOf returns the forward of an address, which is made when it is first spoken of.
func (r *replay) forwardOf(documented string) *forward {
	if f := r.forwards[documented]; f != nil {
		return f
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	r.check(err)
	f := &forward{Listener: ln, up: make(chan struct{})}
	if r.forwards == nil {
		r.forwards = make(map[string]*forward)
	}
	r.forwards[documented] = f
	r.Cleanup(func() { _ = ln.Close() })
	go f.serve(r.Context())
	return f
}

func (f *forward) serve(ctx context.Context) {
	for {
		conn, err := f.Accept()
		if err != nil {
			return
		}
		go f.pass(ctx, conn)
	}
}

// pass joins a connection with one to the node, once that is there: who comes early waits,
// so that it depends on nothing whether the document is about to tell of a failure.
func (f *forward) pass(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	select {
	case <-f.up:
	case <-ctx.Done():
		return
	}
	node, err := net.Dial("tcp", f.to)
	if err != nil {
		return
	}
	defer node.Close()
	go func() {
		_, _ = io.Copy(node, conn)
		_ = node.Close()
	}()
	_, _ = io.Copy(conn, node)
}

// whereItIs puts the address where a node can be reached in the place of the documented
// one.
func (r *replay) whereItIs(arg string) string {
	for documented, f := range r.forwards {
		arg = strings.ReplaceAll(arg, documented, f.Addr().String())
	}
	return arg
}

// asDocumented is the reverse.
func (r *replay) asDocumented(text string) string {
	for documented, f := range r.forwards {
		text = strings.ReplaceAll(text, f.Addr().String(), documented)
		select {
		case <-f.up:
			text = strings.ReplaceAll(text, f.to, documented)
		default:
		}
	}
	return text
}

// grep returns the lines of a file that have a word.
func (r *replay) grep(word, file string) string {
	text, err := os.ReadFile(file)
	r.check(err)
	lines := slices.DeleteFunc(slices.Collect(strings.Lines(string(text))), func(l string) bool { return !strings.Contains(l, word) })
	return r.asDocumented(strings.Join(lines, ""))
}

// curl returns what a URL answers.
func (r *replay) curl(url string) string {
	answer, err := http.Get(r.whereItIs(url))
	r.check(err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	r.check(err)
	return r.asDocumented(string(body))
}

// keyboard is an input at which nobody types.
func (r *replay) keyboard() io.Reader {
	in, out := io.Pipe()
	r.Cleanup(func() { _ = out.Close() })
	return in
}

// stopNode does `kill -STOP %N`: N counts the nodes from 1.
func (r *replay) stopNode(job string) string {
	n := 0
	_, err := fmt.Sscanf(job, "%%%d", &n)
	r.check(err)
	if !canStop {
		r.Skip("processes cannot be stopped here")
	}
	r.check(stop(r.nodes[n-1].Process))
	return ""
}
