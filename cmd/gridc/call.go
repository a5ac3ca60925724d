package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/gridrpc/gridc/cmd/gridc/internal/call"
	"github.com/gridrpc/gridc/compiler"
	"github.com/gridrpc/gridc/runtime/schema"
)

// callCmd is `gridc call`.
type callCmd struct {
	Data     *string           `short:"d" placeholder:"JSON" help:"The request as JSON, @FILE for a file, @- for standard input. For a stream: its payload, if it takes one, and then its input, one value after the other."`
	Subroute string            `placeholder:"NAME" help:"The subroute that the handler is registered under; parts with / between them."`
	Timeout  time.Duration     `placeholder:"DURATION" help:"End after this time, as 5s, with the connection counted in."`
	Metadata map[string]string `short:"M" mapsep:"none" placeholder:"KEY=VALUE" help:"Metadata that travels with the call."`
	Schema   []string          `sep:"none" placeholder:"PATH" help:"A .grid file, or a folder, with the handler; without it the node is asked."`
	List     bool              `xor:"mode" help:"List the handlers that the node serves."`
	Describe bool              `xor:"mode" help:"Show the request, the response and the errors of the handler."`

	As        string `placeholder:"NAME" help:"The caller's own name, which the node must accept. Without it: that of the certificate, or gridc- and some letters."`
	KeyFile   string `xor:"proof" placeholder:"FILE" help:"The key that the nodes share: every byte of the file."`
	TokenFile string `xor:"proof" placeholder:"FILE" help:"A bearer token; it needs TLS."`
	Insecure  bool   `xor:"proof" help:"Prove nothing, and believe the node."`

	TLS           bool   `name:"tls" help:"Dial with TLS."`
	TLSCA         string `name:"tls-ca" placeholder:"FILE" help:"The authorities that may sign the node's certificate (PEM), in the place of the system's."`
	TLSCert       string `name:"tls-cert" placeholder:"FILE" help:"The caller's own certificate (PEM). Without another proof it is the proof."`
	TLSKey        string `name:"tls-key" placeholder:"FILE" help:"The key of the certificate (PEM)."`
	TLSServerName string `name:"tls-server-name" placeholder:"NAME" help:"The name in the node's certificate, where that is not the node's."`
	Path          string `placeholder:"PATH" help:"The HTTP path of the node, where it is not /grid/v1."`

	Node   string `arg:"" placeholder:"NAME@HOST:PORT" help:"The node: its name, and where it is."`
	Method string `arg:"" optional:"" name:"pkg.Service.Method" help:"The handler."`
}

func (cmd *callCmd) run(env *environment) error {
	if (cmd.Method == "") != cmd.List {
		return errors.New("name the handler after the node, as pkg.Service.Method; or --list shows what there is")
	}
	name, address, err := call.ParseTarget(cmd.Node)
	if err != nil {
		return err
	}
	tables, err := cmd.tables(env)
	if err != nil {
		return err
	}
	if cmd.Describe && len(tables) > 0 {
		m, err := call.Find(cmd.Method, tables)
		if err != nil {
			return err
		}
		return m.Describe(env.stdout)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if cmd.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, cmd.Timeout)
		defer cancel()
	}
	peer, err := call.Dial(ctx, call.Target{Name: name, Address: address, Path: cmd.Path, As: cmd.As, Credentials: cmd.credentials()})
	if err != nil {
		return err
	}
	defer func() { _ = peer.Close() }() // what was asked for is done
	return cmd.talk(ctx, peer, tables, env)
}

// tables are the schemas that were given, nil for none.
func (cmd *callCmd) tables(env *environment) ([]*schema.Table, error) {
	if len(cmd.Schema) == 0 {
		return nil, nil
	}
	s, err := load(env, env.stderr, cmd.Schema)
	if err != nil {
		return nil, err
	}
	var tables []*schema.Table
	for _, p := range s.Packages {
		tables = append(tables, compiler.Lower(p))
	}
	return tables, nil
}

func (cmd *callCmd) credentials() call.Credentials {
	return call.Credentials{
		Insecure: cmd.Insecure, KeyFile: cmd.KeyFile, TokenFile: cmd.TokenFile,
		TLS: cmd.TLS, CAFile: cmd.TLSCA, CertFile: cmd.TLSCert, KeyPEMFile: cmd.TLSKey, ServerName: cmd.TLSServerName,
	}
}

// talk does what was asked for, with the node.
func (cmd *callCmd) talk(ctx context.Context, peer *call.Peer, tables []*schema.Table, env *environment) error {
	if cmd.List {
		return peer.List(ctx, env.stdout, tables)
	}
	m, err := peer.Find(ctx, cmd.Method, tables)
	if err != nil {
		return err
	}
	if cmd.Describe {
		return m.Describe(env.stdout)
	}
	in, err := call.OpenInput(cmd.Data, env.stdin)
	if err != nil {
		return err
	}
	err = peer.Invoke(ctx, &call.Call{Method: m, Subroute: cmd.Subroute, Metadata: cmd.Metadata, Out: env.stdout}, in)
	return errors.Join(err, in.Close())
}
