package interop_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// proxied is a proxy that stands between two nodes.
type proxied struct {
	block   string // the kind of its block in docs/proxies.md, "": none
	program string
	file    string // the name of its configuration
	// around is what the block of the docs stands in, at BLOCK; DIR, LISTEN, PORT and PEM
	// stand for what the test makes.
	around string
	args   []string
	tls    bool           // it ends TLS
	tunnel bool           // it is asked by CONNECT
	reload syscall.Signal // 0: it has no reload that sessions survive, or none at all
}

var proxies = map[string]proxied{
	"nginx": {block: "nginx", program: "nginx", file: "nginx.conf", reload: syscall.SIGHUP, args: []string{"-c", "DIR/nginx.conf", "-p", "DIR", "-e", "DIR/error.log"}, around: `
daemon off; pid DIR/pid; error_log DIR/error.log; worker_processes 1; events {}
http { access_log off; client_body_temp_path DIR/b; proxy_temp_path DIR/p; fastcgi_temp_path DIR/f; uwsgi_temp_path DIR/u; scgi_temp_path DIR/s;
server { listen LISTEN; BLOCK } }`},
	"haproxy": {block: "haproxy", program: "haproxy", file: "haproxy.cfg", reload: syscall.SIGUSR2, args: []string{"-W", "-f", "DIR/haproxy.cfg"}, around: "BLOCK"},
	"apache": {block: "apache", program: "apache2", file: "apache.conf", reload: syscall.SIGUSR1, args: []string{"-f", "DIR/apache.conf", "-DFOREGROUND"}, around: `
ServerRoot DIR
ServerName localhost
PidFile DIR/pid
ErrorLog DIR/error.log
Listen LISTEN
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
BLOCK
`},
	"caddy":    {block: "caddy", program: "caddy", file: "Caddyfile", args: []string{"run", "--config", "DIR/Caddyfile", "--adapter", "caddyfile"}, around: "{\n\tadmin off\n}\nBLOCK"},
	"lighttpd": {block: "lighttpd", program: "lighttpd", file: "lighttpd.conf", args: []string{"-D", "-f", "DIR/lighttpd.conf"}, around: "server.modules = (\"mod_proxy\")\nserver.document-root = \"DIR\"\nserver.bind = \"127.0.0.1\"\nserver.port = PORT\nserver.errorlog = \"DIR/error.log\"\nBLOCK"},
	"varnish":  {block: "vcl", program: "varnishd", file: "varnish.vcl", args: []string{"-F", "-j", "none", "-a", "LISTEN", "-f", "DIR/varnish.vcl", "-n", "DIR/varnish", "-s", "malloc,16m"}, around: "BLOCK"},
	"nghttpx":  {block: "nghttpx", program: "nghttpx", file: "nghttpx.conf", args: []string{"--conf=DIR/nghttpx.conf"}, around: "BLOCK"},
	"stunnel":  {block: "stunnel", program: "stunnel4", file: "stunnel.conf", tls: true, reload: syscall.SIGHUP, args: []string{"DIR/stunnel.conf"}, around: "foreground = yes\npid =\nBLOCK"},
	"hitch":    {block: "hitch", program: "hitch", file: "hitch.conf", tls: true, reload: syscall.SIGHUP, args: []string{"--config=DIR/hitch.conf"}, around: "workers = 1\ndaemon = off\nUSERBLOCK\n"},
	"socat":    {block: "socat", program: "socat"},
	"squid": {program: "squid", file: "squid.conf", tunnel: true, reload: syscall.SIGHUP, args: []string{"-N", "-f", "DIR/squid.conf"}, around: `
http_port LISTEN
http_access allow all
cache deny all
access_log none
cache_log DIR/cache.log
pid_filename DIR/pid
coredump_dir DIR
shutdown_lifetime 1 seconds
`},
	"tinyproxy": {program: "tinyproxy", file: "tinyproxy.conf", tunnel: true, args: []string{"-d", "-c", "DIR/tinyproxy.conf"}, around: "Port PORT\nListen 127.0.0.1\nTimeout 600\nMaxClients 100\nAllow 127.0.0.1\nLogFile \"DIR/log\"\n"},
}

// configure writes the configuration of a proxy, and returns the command line.
func (p proxied) configure(t *testing.T, dir, listen, backend, pem string) (args []string) {
	t.Helper()
	_, port, _ := strings.Cut(listen, ":")
	_, backPort, _ := strings.Cut(backend, ":")
	block := p.documented(t)
	for _, here := range []struct{ from, to string }{
		{`127.0.0.1:9000`, backend}, {`127.0.0.1:8080`, listen}, {`[127.0.0.1]:9000`, "[127.0.0.1]:" + backPort}, {`[127.0.0.1]:8080`, "[127.0.0.1]:" + port},
		{`"port" => 9000`, `"port" => ` + backPort}, {`.port = "9000"`, `.port = "` + backPort + `"`}, {"127.0.0.1,8080", "127.0.0.1," + port}, {"127.0.0.1,9000", "127.0.0.1," + backPort},
		{"TCP-LISTEN:8080", "TCP-LISTEN:" + port}, {"/etc/stunnel/node1.pem", pem}, {"/etc/hitch/node1.pem", pem},
	} {
		block = strings.ReplaceAll(block, here.from, here.to)
	}
	user := "" // hitch runs no workers as root
	if os.Getuid() == 0 {
		user = "user = \"nobody\"\n"
	}
	fill := strings.NewReplacer("USER", user, "BLOCK", block, "DIR", dir, "LISTEN", listen, "PORT", port)
	if p.file == "" {
		return strings.Fields(block)[1:]
	}
	if err := os.WriteFile(filepath.Join(dir, p.file), []byte(fill.Replace(p.around)), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, a := range p.args {
		args = append(args, fill.Replace(a))
	}
	return args
}

// documented returns the block of docs/proxies.md.
func (p proxied) documented(t *testing.T) string {
	t.Helper()
	if p.block == "" {
		return ""
	}
	text, err := os.ReadFile("../docs/proxies.md")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("(?s)```" + p.block + "\n(.*?)```").FindSubmatch(text)
	if m == nil {
		t.Fatalf("docs/proxies.md has no block of kind %s", p.block)
	}
	return string(m[1])
}

// Each block of docs/proxies.md that is a configuration is played.
func TestProxyDocsAreAllPlayed(t *testing.T) {
	text, err := os.ReadFile("../docs/proxies.md")
	if err != nil {
		t.Fatal(err)
	}
	played := map[string]bool{"go": true}
	for _, p := range proxies {
		played[p.block] = true
		p.documented(t)
	}
	for _, m := range regexp.MustCompile("(?m)^```([a-z]+)$").FindAllSubmatch(text, -1) {
		if !played[string(m[1])] {
			t.Errorf("nothing plays the block of kind %s", m[1])
		}
	}
}
