package gridtest_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gridrpc/gridc/runtime/gridtest"
)

// TestHTTPServerInBubble runs a real http.Server with an upgrade over the
// network, in fake time: what a Manager does.
func TestHTTPServerInBubble(t *testing.T) {
	inBubble(t, func(t *testing.T, n *gridtest.Network) {
		n.SetAll(gridtest.Link{Latency: time.Minute})
		serveAndUpgrade(t, n)
	})
}

// TestHTTPServerInRealTime is the same outside a bubble.
func TestHTTPServerInRealTime(t *testing.T) {
	n := gridtest.NewNetwork(1)
	defer n.Close()
	n.SetAll(gridtest.Link{Latency: time.Millisecond, Jitter: time.Millisecond})
	serveAndUpgrade(t, n)
}

func serveAndUpgrade(t *testing.T, n *gridtest.Network) {
	t.Helper()
	ln, err := n.Listen("server")
	if err != nil {
		t.Fatal(err)
	}
	hijacked := make(chan error, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("/plain", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "hello ", r.Host) })
	mux.HandleFunc("/upgrade", func(w http.ResponseWriter, _ *http.Request) { hijacked <- echoLine(w) })
	srv := &http.Server{Handler: mux}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()

	plainRequest(t, n)
	upgrade(t, n)
	if err := <-hijacked; err != nil {
		t.Errorf("hijacked connection: %v", err)
	}
	if err := srv.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	if err := <-served; err != http.ErrServerClosed {
		t.Error(err)
	}
}

// echoLine takes the connection out of the server's hands and answers one line.
func echoLine(w http.ResponseWriter) error {
	c, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return err
	}
	defer c.Close()
	fmt.Fprint(rw, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	rw.Flush()
	line, err := rw.ReadString('\n')
	if err != nil {
		return err
	}
	_, err = c.Write([]byte(line))
	return err
}

// plainRequest goes through an ordinary http.Client.
func plainRequest(t *testing.T, n *gridtest.Network) {
	t.Helper()
	transport := &http.Transport{DialContext: n.Dialer("client")}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Get("http://server/plain")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); string(body) != "hello server" || err != nil {
		t.Errorf("%q, %v", body, err)
	}
}

// upgrade speaks over a connection that the server gave away.
func upgrade(t *testing.T, n *gridtest.Network) {
	t.Helper()
	c, err := n.Dial(t.Context(), "client", "server")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "GET /upgrade HTTP/1.1\r\nHost: server\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	br := bufio.NewReader(c)
	resp, err := http.ReadResponse(br, nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("%v, %v", resp, err)
	}
	fmt.Fprint(c, "over the hijacked connection\n")
	line, err := br.ReadString('\n')
	if line != "over the hijacked connection\n" || err != nil {
		t.Errorf("%q, %v", line, err)
	}
}

// TestTimeIsFake spends hours of latency in no time.
func TestTimeIsFake(t *testing.T) {
	wall := time.Now()
	synctest.Test(t, func(t *testing.T) {
		n := gridtest.NewNetwork(1)
		defer n.Close()
		n.SetAll(gridtest.Link{Latency: time.Hour})
		start := time.Now()
		serveAndUpgrade(t, n)
		if time.Since(start) < 8*time.Hour {
			t.Errorf("four round trips of two hours took %v", time.Since(start))
		}
	})
	if time.Since(wall) > time.Minute {
		t.Errorf("took %v of real time", time.Since(wall))
	}
}
