package interop_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// Two nodes with a real proxy between them, configured as docs/proxies.md says: calls and
// streams come back as they went, also while the proxy is reloaded; what a proxy cuts off
// is an honest error. Proxies that are not installed are left out.
func TestProxies(t *testing.T) {
	for name, p := range proxies {
		t.Run(name, func(t *testing.T) {
			program, err := exec.LookPath(p.program)
			if err != nil {
				t.Skipf("%s is not installed", p.program)
			}
			server := startNode(t, grid.Options{Name: "server", Accept: func(string) bool { return true }})
			certificate, roots := selfSigned(t)
			dir, listen := t.TempDir(), freeAddress(t)
			os.Chmod(dir, 0o755) // some give up root's rights
			command := startProxy(t, program, p.configure(t, dir, listen, server.address, certificate), dir, listen)
			conn := through(t, p, listen, server.address, roots)
			wantCalls(t, conn)
			wantRelay(t, conn)
			if p.reload != 0 {
				reloadUnderLoad(t, conn, command, p.reload)
			}
			wantCalls(t, conn)
		})
	}
}

// startProxy starts a proxy, and waits until it listens.
func startProxy(t *testing.T, program string, args []string, dir, listen string) *exec.Cmd {
	t.Helper()
	command := exec.Command(program, args...)
	var said bytes.Buffer
	command.Stdout, command.Stderr, command.Dir = &said, &said, dir
	command.Env = append(os.Environ(), "HOME="+dir)
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	go func() { defer close(exited); command.Wait() }()
	t.Cleanup(func() {
		syscall.Kill(-command.Process.Pid, syscall.SIGTERM)
		select {
		case <-exited:
		case <-time.After(5 * time.Second):
		}
		syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
		<-exited
	})
	for end := time.Now().Add(bound); ; time.Sleep(20 * time.Millisecond) {
		if conn, err := net.Dial("tcp", listen); err == nil {
			conn.Close()
			return command
		}
		select {
		case <-exited:
			t.Fatalf("the proxy ended:\n%s", said.String())
		default:
		}
		if time.Now().After(end) {
			t.Fatal("the proxy does not listen")
		}
	}
}

// through starts a node that reaches the server through the proxy.
func through(t *testing.T, p proxied, listen, server string, roots *x509.CertPool) *grid.Connection {
	t.Helper()
	o := grid.Options{Name: "client", CallOnly: true, Auth: grid.SharedKey([]byte(key)), Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
		Peers: []grid.Peer{{Name: "server", Address: listen}}, TLS: nil}
	switch {
	case p.tunnel:
		dial, err := grid.DialProxy("http://" + listen)
		if err != nil {
			t.Fatal(err)
		}
		o.Dial, o.Peers[0].Address = dial, server
	case p.tls:
		o.TLS, o.Peers[0].Address = &tls.Config{RootCAs: roots, ServerName: "localhost"}, "wss://"+listen
	}
	m, err := grid.NewManager(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		m.Shutdown(ctx)
	})
	conn := m.Connection("server")
	if err := conn.WaitConnected(limited(t)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// wantCalls makes calls of several sizes.
func wantCalls(t *testing.T, conn *grid.Connection) {
	t.Helper()
	ctx := grid.WaitForReady(limited(t))
	for _, size := range []int{0, 1, 1000, 60_000, 1 << 20} {
		payload := make([]byte, size)
		rand.Read(payload)
		reply, err := conn.Request(ctx, idEcho, payload)
		if err != nil || !bytes.Equal(reply, payload) {
			t.Fatalf("a call of %d bytes: %d bytes, %v", size, len(reply), err)
		}
	}
}

// wantRelay sends messages there and back on a stream.
func wantRelay(t *testing.T, conn *grid.Connection) {
	t.Helper()
	ctx, cancel := context.WithCancel(limited(t))
	defer cancel()
	st, err := conn.NewStream(ctx, idRelay, []byte("0"))
	if err != nil {
		t.Fatal(err)
	}
	const messages = 100
	go func() {
		defer close(st.Requests)
		for i := 1; i < messages; i++ {
			select {
			case st.Requests <- fmt.Append(nil, i):
			case <-ctx.Done():
				return
			}
		}
	}()
	next := 0
	if err := st.Results(func(msg []byte) error {
		if string(msg) != fmt.Sprint(next) {
			return fmt.Errorf("message %d is %q", next, msg)
		}
		next++
		return nil
	}); err != nil || next != messages {
		t.Fatalf("%d messages, %v", next, err)
	}
}

// reloadUnderLoad reloads the proxy while calls are made. None may be answered with other
// bytes, or fail in a way that says nothing of what became of it.
func reloadUnderLoad(t *testing.T, conn *grid.Connection, command *exec.Cmd, reload syscall.Signal) {
	t.Helper()
	over := make(chan struct{})
	var callers sync.WaitGroup
	var mu sync.Mutex
	var good, cut int
	ctx := grid.WaitForReady(limited(t))
	for range 4 {
		callers.Go(func() {
			payload := make([]byte, 20_000)
			for {
				select {
				case <-over:
					return
				default:
				}
				rand.Read(payload)
				reply, err := conn.Request(ctx, idEcho, payload)
				mu.Lock()
				switch {
				case err == nil && bytes.Equal(reply, payload):
					good++
				case errors.Is(err, grid.ErrDisconnected):
					cut++
				default:
					t.Errorf("a call: %d bytes, %v", len(reply), err)
				}
				mu.Unlock()
			}
		})
	}
	for range 3 {
		time.Sleep(300 * time.Millisecond)
		if err := command.Process.Signal(reload); err != nil {
			t.Error(err)
		}
	}
	time.Sleep(time.Second)
	close(over)
	callers.Wait()
	t.Logf("%d calls while it was reloaded, %d cut off, session %d", good, cut, conn.State().Session)
	if good == 0 {
		t.Error("no call succeeded")
	}
}

// freeAddress is one where nobody listens at the moment.
func freeAddress(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

// selfSigned makes a certificate for localhost, and a file with it and its key.
func selfSigned(t *testing.T) (file string, roots *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	roots = x509.NewCertPool()
	roots.AppendCertsFromPEM(certificate)
	file = filepath.Join(t.TempDir(), "node1.pem")
	both := append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), certificate...)
	if err := os.WriteFile(file, both, 0o600); err != nil {
		t.Fatal(err)
	}
	return file, roots
}
