package peer

import (
	"context"
	"crypto/tls"
	"net"
	"net/rpc"
)

var netrpcPeer = Peer{
	Name:   "net/rpc",
	About:  "the standard library's, with gob; no streams, no deadlines",
	Module: "std",
	Serve: func(ln net.Listener, secure *tls.Config) (func(), error) {
		s := rpc.NewServer()
		if err := s.RegisterName("Echo", new(NetRPC)); err != nil {
			return nil, err
		}
		ln = secured(ln, secure)
		// Its Accept logs when the listener is closed; this is the same loop.
		go func() {
			for {
				conn, err := ln.Accept()
				if err != nil {
					return
				}
				go s.ServeConn(conn)
			}
		}()
		return func() { ln.Close() }, nil
	},
	Dialer:    func(to Target) (Dialer, error) { return netrpcDialer(to), nil },
	NoStreams: true,
}

// NetRPC is the service; net/rpc wants it exported.
type NetRPC struct{}

// NetRPCMessage is request and response.
type NetRPCMessage struct {
	Text string
	Data []byte
}

// Call answers with what it was sent.
func (*NetRPC) Call(req *NetRPCMessage, resp *NetRPCMessage) error {
	resp.Text, resp.Data = req.Text, req.Data
	return nil
}

type netrpcDialer Target

func (d netrpcDialer) Close() {}

func (d netrpcDialer) Dial(ctx context.Context) (Client, error) {
	conn, err := Target(d).dial(ctx)
	if err != nil {
		return nil, err
	}
	return netrpcClient{c: rpc.NewClient(conn)}, nil
}

type netrpcClient struct {
	noStreams
	c *rpc.Client
}

func (c netrpcClient) Close() { c.c.Close() }

func (c netrpcClient) Echo(_ context.Context, call *Call) error {
	var resp NetRPCMessage
	err := c.c.Call("Echo.Call", &NetRPCMessage{Text: call.Text, Data: call.Data}, &resp)
	call.GotText, call.GotData = resp.Text, resp.Data
	return err
}
