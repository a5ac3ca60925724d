package peer

import (
	"context"
	"net"
	"net/rpc"
)

var netrpcPeer = Peer{
	Name:   "net/rpc",
	About:  "the standard library's, with gob; no streams, no deadlines",
	Module: "std",
	Serve: func(ln net.Listener) (func(), error) {
		s := rpc.NewServer()
		if err := s.RegisterName("Echo", new(NetRPC)); err != nil {
			return nil, err
		}
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
	Dialer:    func(address string, _ int) (Dialer, error) { return netrpcDialer(address), nil },
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

type netrpcDialer string

func (d netrpcDialer) Close() {}

func (d netrpcDialer) Dial(context.Context) (Client, error) {
	c, err := rpc.Dial("tcp", string(d))
	if err != nil {
		return nil, err
	}
	return netrpcClient{c: c}, nil
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
