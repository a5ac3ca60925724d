package websocket_test

import (
	"strings"
	"testing"

	"github.com/gridrpc/gridc/runtime/internal/websocket"
)

func TestParseTarget(t *testing.T) {
	for address, want := range map[string]websocket.Target{
		"host:9000":                 {Address: "host:9000", Path: "/grid/v1", TLS: true},
		"[::1]:9000":                {Address: "[::1]:9000", Path: "/grid/v1", TLS: true},
		"ws://host":                 {Address: "host:80", Path: "/grid/v1"},
		"ws://host:9000":            {Address: "host:9000", Path: "/grid/v1"},
		"wss://host":                {Address: "host:443", Path: "/grid/v1", TLS: true},
		"wss://host/node3/grid":     {Address: "host:443", Path: "/node3/grid", TLS: true},
		"wss://[2001:db8::1]/a%20b": {Address: "[2001:db8::1]:443", Path: "/a%20b", TLS: true},
		"ws://host/":                {Address: "host:80", Path: "/"},
	} {
		got, err := websocket.ParseTarget(address, "/grid/v1", true)
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v, want %+v", address, got, err, want)
		}
	}
	for address, why := range map[string]string{
		"host":                     "neither host:port nor",
		"https://host":             "the scheme is ws or wss, not https",
		"wss://":                   "it has no host",
		"wss://:443":               "it has no host",
		"wss://user:secret@host/x": "must not contain a user",
		"ws://host/x?y":            "it must not contain a query or a fragment",
		"ws://host/x?":             "it must not contain a query or a fragment",
		"ws://host/#x":             "it must not contain a query or a fragment",
		"ws://host:port":           "invalid port",
	} {
		if _, err := websocket.ParseTarget(address, "/", false); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v, want %q", address, err, why)
		}
	}
}
