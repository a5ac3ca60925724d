// Command node is a real node for the tests of the TypeScript runtime: it is dialed by
// them, serves byte handlers, and does what they say on its standard input.
//
//	call HANDLER TEXT   calls the peer's handler, and prints what comes back
//	open HANDLER TEXT   opens the peer's stream, sends three messages, prints what comes back
//	leave HANDLER       opens the peer's stream, reads one message and gives up
//	late HANDLER        calls with a deadline of 100 ms
//	down HANDLER        takes 16 MiB from the peer's stream
//	up HANDLER          sends 16 MiB to the peer's stream
//	guest HANDLER TEXT  calls the first guest's handler, and prints the guests and what comes back
//	cut                 closes all sockets, as a lost network does
//	shutdown            ends in good order
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// peer is what the tests call themselves.
const peer = "page"

func main() {
	key := flag.String("key", "", "authenticate by this shared key")
	listen := flag.String("listen", "127.0.0.1:0", "where to listen")
	flag.Parse()
	if err := run(*key, *listen); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(key, listen string) error {
	auth := grid.InsecureNoAuth()
	if key != "" {
		auth = grid.SharedKey([]byte(key))
	}
	h := &handlers{}
	m, err := grid.NewManager(grid.Options{
		Name:     "node",
		Peers:    []grid.Peer{{Name: peer}},
		Auth:     auth,
		Accept:   func(name string) bool { return strings.HasSuffix(name, ".guest") },
		Register: h.register,
		Logger:   slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	cuts := &cutting{Listener: l}
	mux := http.NewServeMux()
	mux.Handle(grid.DefaultPath, m.Handler())
	guests, err := m.GuestHandler(grid.GuestOptions{Check: whose, Handlers: []string{"1", "5"}, Plain: true})
	if err != nil {
		return err
	}
	mux.Handle(grid.GuestPath, guests)
	mux.HandleFunc("/elsewhere", http.NotFound)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(cuts) }()
	say("listening", l.Addr().(*net.TCPAddr).Port)
	commands(m, cuts)
	return nil
}

// whose says which user a token is of.
func whose(_ *http.Request, token string) (string, error) {
	user, known := strings.CutPrefix(token, "token of ")
	if !known {
		return "", errors.New("this token is unknown: sign in again")
	}
	return user, nil
}

var saying sync.Mutex

// say prints one line for the test.
func say(words ...any) {
	saying.Lock()
	defer saying.Unlock()
	fmt.Println(words...)
}

// cutting is a listener whose sockets can be closed from outside.
type cutting struct {
	net.Listener
	mu    sync.Mutex
	conns []net.Conn
}

// Accept implements net.Listener.
func (c *cutting) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err == nil {
		c.mu.Lock()
		c.conns = append(c.conns, conn)
		c.mu.Unlock()
	}
	return conn, err
}

func (c *cutting) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.conns {
		_ = conn.Close()
	}
	c.conns = nil
}

func commands(m *grid.Manager, cuts *cutting) {
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		words := strings.SplitN(in.Text(), " ", 3)
		for len(words) < 3 {
			words = append(words, "")
		}
		switch words[0] {
		case "guest": // calls the first guest
			names := m.Guests()
			go func() {
				say("guest", strings.Join(names, ","), ask(m.Connection(names[0]), "call", words[1], words[2]))
			}()
		case "cut":
			cuts.cut()
			say("cut")
		case "shutdown":
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			say("shut", m.Shutdown(ctx))
			cancel()
			return
		default:
			go func() { say(words[0], ask(m.Connection(peer), words[0], words[1], words[2])) }()
		}
	}
}
