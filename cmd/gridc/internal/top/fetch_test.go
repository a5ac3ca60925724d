package top

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Targets are URLs, or HOST:PORT.
func TestTargets(t *testing.T) {
	for text, ask := range map[string]string{
		"127.0.0.1:7001":                    "http://127.0.0.1:7001/debug/grid/?json",
		"[::1]:7001":                        "http://[::1]:7001/debug/grid/?json",
		"node1":                             "http://node1/debug/grid/?json",
		"https://node1:7001":                "https://node1:7001/debug/grid/?json",
		"http://node1/status/?stream#top":   "http://node1/status/?json",
		"http://me:secret@node1/debug/grid": "http://me:secret@node1/debug/grid?json",
	} {
		got, err := parseTarget(text)
		if err != nil || got.ask != ask || strings.Contains(got.shown, "secret") {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "ftp://node1", "http://", "http://%zz", "a b"} {
		if got, err := parseTarget(text); err == nil {
			t.Errorf("%q is %+v", text, got)
		}
	}
}

// What does not answer as a page does says what to do.
func TestFaults(t *testing.T) {
	answers := map[string]func(w http.ResponseWriter){
		"/gone/":   func(w http.ResponseWriter) { http.NotFound(w, nil) },
		"/closed/": func(w http.ResponseWriter) { http.Error(w, "who are you?", http.StatusUnauthorized) },
		"/full/":   func(w http.ResponseWriter) { http.Error(w, "come \x1bagain", http.StatusServiceUnavailable) },
		"/other/":  func(w http.ResponseWriter) { io.WriteString(w, "<html>") },
		"/empty/":  func(w http.ResponseWriter) { io.WriteString(w, "{}") },
		"/newer/":  func(w http.ResponseWriter) { io.WriteString(w, `{"version":99,"node":{"name":"a"}}`) },
		"/cut/":    func(w http.ResponseWriter) { w.Header().Set("Content-Length", "100"); io.WriteString(w, "{") },
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answers[r.URL.Path](w) })
	plain := httptest.NewServer(handler)
	defer plain.Close()
	secure := httptest.NewUnstartedServer(handler)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer secure.Close()
	for url, want := range map[string]string{
		plain.URL + "/gone/":   "404 Not Found: there is no page at that path; it is where the node's program mounts debug.Handler",
		plain.URL + "/closed/": "401 Unauthorized: say who you are, with --header",
		plain.URL + "/full/":   `503 Service Unavailable: come \x1bagain`,
		plain.URL + "/other/":  "is the path right?",
		plain.URL + "/empty/":  "is the path right?",
		plain.URL + "/newer/":  "version 99, and this gridc knows up to 1",
		plain.URL + "/cut/":    "unexpected EOF",
		strings.Replace(plain.URL, "http", "https", 1) + "/gone/":  "it speaks no TLS: write http://",
		strings.Replace(secure.URL, "https", "http", 1) + "/gone/": "it speaks TLS: write https://",
		secure.URL + "/gone/":   "--tls-ca",
		"http://127.0.0.1:1/x/": "nobody listens there",
	} {
		target, err := parseTarget(url)
		if err != nil {
			t.Fatal(err)
		}
		_, err = fetch(t.Context(), http.DefaultClient, target, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", url, err, want)
		}
	}
}

// dumb answers no request.
type dumb struct{}

func (dumb) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, fmt.Errorf("no luck: %w", r.Context().Err())
}

// A page that does not answer is given up, and asked again. Nobody waits for it longer.
func TestAPageThatDoesNotAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &Options{URLs: []string{"a:1"}, Client: &http.Client{Transport: dumb{}}, Sort: byCalls, Interval: time.Second, Once: true, Out: io.Discard}
		began := time.Now()
		err := Run(t.Context(), o)
		if took := time.Since(began); err == nil || !strings.Contains(err.Error(), "http://a:1/debug/grid/: nothing came within 5s: its process may be stopped") || took != answerTime {
			t.Errorf("%v after %v", err, took)
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if err := Run(ctx, o); err != nil {
			t.Errorf("interrupted: %v", err)
		}
	})
}

// pages answers each request with the node as it is by then.
type pages struct{ began time.Time }

func (p *pages) RoundTrip(*http.Request) (*http.Response, error) {
	body, err := json.Marshal(at(int(time.Since(p.began).Seconds())+1, "a").Snapshot)
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader(body))}, err
}

// Without a terminal lines are written at each interval, until somebody interrupts.
func TestLinesGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(4500*time.Millisecond, cancel)
		err := Run(ctx, &Options{URLs: []string{"a:1"}, Client: &http.Client{Transport: &pages{time.Now()}}, Sort: byCalls, Interval: 2 * time.Second, Out: &out})
		if n := strings.Count(out.String(), "--- "); err != nil || n != 3 {
			t.Errorf("%v, %d pages:\n%s", err, n, &out)
		}
		want(t, out.String(), "a ready 1h00m 1/2 - -", "a ready 1h00m 1/2 152 50")
	})
}
