#!/usr/bin/env bash
# etcd 3.7.3, embedded: a member that is started and closed as its documentation says
# logs at level error while it closes, and nothing at that level before. Who pages for
# error lines of an embedded member is paged for every planned stop.
#
# Seen with go1.26, go.etcd.io/etcd/server/v3 v3.7.3, December 2026; see `want` below.
#
# Needs Go and the module proxy. Ends with 1 if the behaviour has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
cat > go.mod <<'MOD'
module finding

go 1.26

require (
	go.etcd.io/etcd/server/v3 v3.7.3
	go.uber.org/zap v1.27.0
)
MOD
cat > main.go <<'GO'
package main

import (
	"fmt"
	"net/url"
	"os"
	"time"

	"go.etcd.io/etcd/server/v3/embed"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

func main() {
	phase := "before"
	log := zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(os.Stderr), zapcore.ErrorLevel),
		zap.Hooks(func(e zapcore.Entry) error { fmt.Printf("%s the close: %s: %s\n", phase, e.Level, e.Message); return nil }))
	cfg := embed.NewConfig()
	cfg.Dir = "data"
	cfg.ZapLoggerBuilder = embed.NewZapLoggerBuilder(log)
	any := []url.URL{{Scheme: "http", Host: "127.0.0.1:0"}}
	cfg.ListenClientUrls, cfg.ListenPeerUrls = any, any
	e, err := embed.StartEtcd(cfg)
	if err != nil {
		panic(err)
	}
	select {
	case <-e.Server.ReadyNotify():
	case <-time.After(time.Minute):
		panic("not ready")
	}
	phase = "during"
	e.Close()
	fmt.Println("closed")
}
GO
cat > want <<'WANT'
during the close: error: setting up serving from embedded etcd failed.
closed
WANT
GOFLAGS=-mod=mod go run . 2>/dev/null | uniq | tee got
diff want got
