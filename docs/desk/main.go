// Command desk is the example of docs/typescript.md: a node that serves a page, is called
// by it and calls it.
//
//	desk -listen 127.0.0.1:8080 -page docs/desk/page
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/gridrpc/gridc/docs/desk/gen/desk"
	grid "github.com/gridrpc/gridc/runtime"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:8080", "`address` to listen on")
	page := flag.String("page", "docs/desk/page", "`folder` of the page")
	each := flag.Duration("each", 3*time.Second, "how long a visitor takes")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *listen, *page, *each)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, listen, page string, each time.Duration) error {
	d := newDesk()
	m, err := grid.NewManager(grid.Options{
		Name:     "desk",
		Auth:     grid.InsecureNoAuth(), // of nodes: there are no others here
		Register: func(m *grid.Manager) error { return desk.RegisterDesk(m, d) },
	})
	if err != nil {
		return err
	}
	guests, err := m.GuestHandler(grid.GuestOptions{
		Check:    whose,
		Handlers: []string{"desk.Desk.*"},
		Plain:    true, // this example has no TLS
	})
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle(grid.GuestPath, guests)
	mux.Handle("/", http.FileServer(http.Dir(page)))

	l, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	fmt.Printf("open http://%s\n", l.Addr())
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go d.callEach(ctx, m, each)
	go func() {
		<-ctx.Done()
		down, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = m.Shutdown(down) // what is cut then, pages make again
		_ = server.Close()
	}()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// whose says whose a token is. Here anybody is let in who says a name; a real one is what
// the page got when its user signed in.
func whose(_ *http.Request, token string) (user string, err error) {
	user, ok := strings.CutPrefix(token, "visitor-")
	if !ok {
		return "", errors.New("sign in first")
	}
	return user, nil
}
