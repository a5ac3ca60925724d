package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/gridrpc/gridc/cmd/gridc/internal/top"
)

// topCmd is `gridc top`.
type topCmd struct {
	Sort     string        `enum:"calls,errors,p99,queued" default:"calls" help:"What comes first: handlers with the most calls, failures, the longest p99, or the most in flight and peers with the most queued. The key s goes on to the next."`
	Once     bool          `help:"Look once, write it as lines, and end: with status 1 if a node did not answer."`
	JSON     bool          `name:"json" help:"Write a JSON object a line, for each node and look: url, and snapshot or error."`
	Interval time.Duration `default:"1s" placeholder:"DURATION" help:"Between two looks at a node, 1s at least, which is how often a page looks at its node."`
	Header   []string      `sep:"none" placeholder:"NAME:VALUE" help:"A header that the pages want, as Authorization: Bearer …"`
	TLSCA    string        `name:"tls-ca" placeholder:"FILE" help:"The authorities that may sign the certificates of the pages (PEM), in the place of the system's."`

	URLs []string `arg:"" name:"url" help:"The pages of runtime/debug. HOST:PORT stands for http://HOST:PORT/debug/grid/."`
}

func (cmd *topCmd) run(env *environment) error {
	o, err := cmd.options(env)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err = top.Run(ctx, o)
	if silent, ok := errors.AsType[*top.SilentError](err); ok {
		if silent.Text != "" {
			fmt.Fprintln(env.stderr, "gridc: "+silent.Text)
		}
		return errFindings
	}
	return err
}

func (cmd *topCmd) options(env *environment) (*top.Options, error) {
	if cmd.Interval < time.Second {
		return nil, errors.New("--interval is 1s at least")
	}
	o := &top.Options{URLs: cmd.URLs, Sort: cmd.Sort, Interval: cmd.Interval, Once: cmd.Once, JSON: cmd.JSON, Out: env.stdout, Colour: env.colour(env.stdout)}
	var err error
	if o.Header, err = headers(cmd.Header); err != nil {
		return nil, err
	}
	if o.Client, err = cmd.client(); err != nil {
		return nil, err
	}
	if out, ok := env.stdout.(*os.File); ok && !cmd.Once && !cmd.JSON && env.getenv("TERM") != "dumb" {
		o.Terminal = top.NewTerminal(os.Stdin, out)
	}
	return o, nil
}

// headers reads NAME:VALUE.
func headers(list []string) (http.Header, error) {
	all := http.Header{}
	for _, h := range list {
		name, value, ok := strings.Cut(h, ":")
		if !ok {
			return nil, errors.New("a --header is NAME:VALUE") // what is in it is not repeated: it may be a secret
		}
		all.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	return all, nil
}

func (cmd *topCmd) client() (*http.Client, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if cmd.TLSCA != "" {
		pem, err := os.ReadFile(cmd.TLSCA)
		if err != nil {
			return nil, err
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
		if !transport.TLSClientConfig.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate in PEM", cmd.TLSCA)
		}
	}
	return &http.Client{Transport: transport}, nil
}
