package browser

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

const dialByTLS = "window.session = dial('wss://' + location.host + '/grid/guest');"

// A page is a guest through nginx, which ends TLS and is configured as docs/proxies.md
// says: it calls, streams, and is called, and a reload of nginx disturbs none of it.
func TestAPageBehindAProxy(t *testing.T) {
	ctx := open(t, chromedp.IgnoreCertErrors)
	p := start(t, nil)
	nginx, address := startNginx(t, p.address, func(c string) string { return c })
	navigate(t, ctx, "https://"+address+"/")
	await(t, ctx, "the scripts are loaded", "window.loaded")
	name := script(t, ctx, dialByTLS+`
		session.serve({ name: 'page.Page', serving: grid.serving, handlers: [{ kind: 'unary', key: 'back', id: 100, name: 'page.Page.Back', decode: (b) => b.slice(), encode: (b) => b }] }, { back: (b) => b });
		for (const size of [0, 1, 70_000, 3_000_000]) {
			const sent = fill(size, size);
			if (!same(await session.caller.call(echo, sent), sent)) throw new Error('an answer of ' + size + ' bytes differs');
		}
		return new TextDecoder().decode(await session.caller.call(whoAmI, new Uint8Array(0)));`)
	if names := p.awaitGuests(t, 1); name != names[0] {
		t.Errorf("the page calls as %q, and %q is connected", name, names)
	}
	begin(t, ctx, `
		const size = 64 * 1024, count = 256, stream = session.caller.open(pipe, undefined);
		window.came = 0;
		const sending = (async () => { for (let i = 0; i < count; i++) await stream.send(fill(size, i)); stream.closeSend(); })();
		for await (const m of stream) if (!same(m, fill(size, came++))) throw new Error('message ' + came + ' differs');
		await sending;
		return came;`)
	await(t, ctx, "the stream is under way", "window.failure || window.came > 8")
	if err := nginx.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	if came := finish(t, ctx); came != "256" {
		t.Errorf("%s messages of 256 came back", came)
	}
	if answer, err := p.Connection(name).Request(t.Context(), 100, []byte("to the page")); err != nil || string(answer) != "to the page" {
		t.Errorf("%q, %v", answer, err)
	}
}

// A proxy that does not pass the Host on has the page refused, with words that say so.
func TestAPageBehindAProxyThatChangesTheHost(t *testing.T) {
	ctx := open(t, chromedp.IgnoreCertErrors)
	p := start(t, nil)
	_, address := startNginx(t, p.address, func(c string) string { return strings.ReplaceAll(c, "proxy_set_header Host $http_host;", "") })
	navigate(t, ctx, "https://"+address+"/")
	await(t, ctx, "the scripts are loaded", "window.loaded")
	got := script(t, ctx, dialByTLS+`return session.ready().then(() => 'connected', (e) => e.code + ' ' + e.text);`)
	if !strings.Contains(got, "may not connect here: GuestOptions.AllowOrigin decides") {
		t.Errorf("the page sees %q", got)
	}
}

// startNginx starts nginx in front of a node, where it is installed.
func startNginx(t *testing.T, backend string, change func(string) string) (*os.Process, string) {
	t.Helper()
	program, err := exec.LookPath("nginx")
	if err != nil {
		if program = "/usr/sbin/nginx"; exec.Command(program, "-v").Run() != nil {
			t.Skip("nginx is not installed")
		}
	}
	docs, err := os.ReadFile("../../../docs/proxies.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```nginx\n(server .*?)```").FindSubmatch(docs)
	if block == nil {
		t.Fatal("docs/proxies.md has no server of nginx")
	}
	dir, address := t.TempDir(), freeAddress(t)
	os.Chmod(dir, 0o755) // the workers give up root's rights
	server := strings.NewReplacer("127.0.0.1:9000", backend, "127.0.0.1:8443", address, "/etc/nginx/node1.pem", selfSigned(t, dir)).Replace(change(string(block[1])))
	config := strings.ReplaceAll(`
daemon off; pid DIR/pid; error_log DIR/error.log; worker_processes 1; events {}
http { access_log off; client_body_temp_path DIR/b; proxy_temp_path DIR/p; fastcgi_temp_path DIR/f; uwsgi_temp_path DIR/u; scgi_temp_path DIR/s;
`, "DIR", dir) + server + "}\n"
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(program, "-c", file, "-p", dir, "-e", filepath.Join(dir, "error.log"))
	var said bytes.Buffer
	command.Stdout, command.Stderr = &said, &said
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	go func() { defer close(exited); command.Wait() }()
	t.Cleanup(func() {
		command.Process.Signal(syscall.SIGTERM)
		<-exited
	})
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if conn, err := net.Dial("tcp", address); err == nil {
			conn.Close()
			return command.Process, address
		}
		select {
		case <-exited:
			t.Fatalf("nginx ended:\n%s", said.String())
		default:
		}
		if time.Now().After(end) {
			t.Fatal("nginx does not listen")
		}
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// selfSigned writes a key and its certificate for 127.0.0.1 into one file.
func selfSigned(t *testing.T, dir string) string {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "node1"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "node1.pem")
	both := append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})...)
	if err := os.WriteFile(file, both, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
