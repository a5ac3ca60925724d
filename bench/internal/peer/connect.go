package peer

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"time"

	"connectrpc.com/connect"

	"github.com/gridrpc/gridc/bench/pb"
	"github.com/gridrpc/gridc/bench/pb/pbservice/pbserviceconnect"
)

var connectPeer = Peer{
	Name:   "connect",
	About:  "the Connect protocol over one HTTP/2 connection, gzip off (the client would ask for it), 20,000 streams a connection",
	Module: "connectrpc.com/connect",
	Serve: func(ln net.Listener, secure *tls.Config) (func(), error) {
		mux := http.NewServeMux()
		mux.Handle(pbserviceconnect.NewEchoHandler(connectServer{}))
		s := &http.Server{
			Handler: mux, Protocols: onlyHTTP2(secure), TLSConfig: secure.Clone(), ReadHeaderTimeout: 5 * time.Second,
			// The default of 250 would open a second connection.
			HTTP2: &http.HTTP2Config{MaxConcurrentStreams: 20000},
		}
		go serveHTTP(s, ln)
		return func() { s.Close() }, nil
	},
	Dialer: func(to Target) (Dialer, error) { return connectDialer(to), nil },
}

// onlyHTTP2 is HTTP/2 and nothing else, with TLS or without.
func onlyHTTP2(secure *tls.Config) *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP2(secure != nil)
	p.SetUnencryptedHTTP2(secure == nil)
	return p
}

// serveHTTP serves over TLS if the server is set up for it. net/http writes into
// that configuration, which must be the server's own.
func serveHTTP(s *http.Server, ln net.Listener) {
	if s.TLSConfig != nil {
		_ = s.ServeTLS(ln, "", "") // the certificate is in the configuration; it ends with the server
		return
	}
	_ = s.Serve(ln)
}

type connectServer struct {
	pbserviceconnect.UnimplementedEchoHandler
}

func (connectServer) Call(_ context.Context, req *connect.Request[pb.Request]) (*connect.Response[pb.Response], error) {
	return connect.NewResponse(&pb.Response{Text: req.Msg.GetText(), Data: req.Msg.GetData()}), nil
}

func (connectServer) Down(_ context.Context, req *connect.Request[pb.Ask], st *connect.ServerStream[pb.Item]) error {
	return sendItems(req.Msg.GetCount(), int(req.Msg.GetSize()), sendPB(st.Send))
}

func (connectServer) Up(_ context.Context, st *connect.ClientStream[pb.Item]) (*connect.Response[pb.Total], error) {
	var total pb.Total
	for st.Receive() {
		total.Count++
		total.Bytes += uint64(len(st.Msg().GetData()))
	}
	return connect.NewResponse(&total), st.Err()
}

func (connectServer) Chat(_ context.Context, st *connect.BidiStream[pb.Item, pb.Item]) error {
	return returnItems(recvPB(st.Receive), sendPB(st.Send))
}

type connectDialer Target

func (d connectDialer) Close() {}

func (d connectDialer) Dial(context.Context) (Client, error) {
	transport, scheme := &http.Transport{Protocols: onlyHTTP2(d.TLS), TLSClientConfig: d.TLS.Clone()}, "http://"
	if d.TLS != nil {
		scheme = "https://"
	}
	client := pbserviceconnect.NewEchoClient(&http.Client{Transport: transport}, scheme+d.Address,
		connect.WithAcceptCompression("gzip", nil, nil))
	return connectClient{transport, client}, nil
}

type connectClient struct {
	transport *http.Transport
	echo      pbserviceconnect.EchoClient
}

func (c connectClient) Close() { c.transport.CloseIdleConnections() }

func (c connectClient) Echo(ctx context.Context, call *Call) error {
	r, err := c.echo.Call(ctx, connect.NewRequest(&pb.Request{Text: call.Text, Data: call.Data}))
	if err != nil {
		return err
	}
	call.GotText, call.GotData = r.Msg.GetText(), r.Msg.GetData()
	return nil
}

func (c connectClient) Down(ctx context.Context, count uint64, size int) (Receiver, error) {
	st, err := c.echo.Down(ctx, connect.NewRequest(&pb.Ask{Count: count, Size: uint32(size)}))
	if err != nil {
		return nil, err
	}
	return connectReceiver{st}, nil
}

func (c connectClient) Up(ctx context.Context) (Upload, error) {
	st := c.echo.Up(ctx)
	return pbUpload{sendPB(st.Send), func() (*pb.Total, error) {
		r, err := st.CloseAndReceive()
		if err != nil {
			return nil, err
		}
		return r.Msg, nil
	}}, nil
}

func (c connectClient) Chat(ctx context.Context) (Chat, error) {
	ctx, cancel := context.WithCancel(ctx)
	st := c.echo.Chat(ctx)
	return pbStream{sendPB(st.Send), recvPB(st.Receive), st.CloseRequest, cancel}, nil
}

type connectReceiver struct {
	st *connect.ServerStreamForClient[pb.Item]
}

func (r connectReceiver) Recv() ([]byte, error) {
	if !r.st.Receive() {
		return nil, endOf(r.st.Err())
	}
	return r.st.Msg().GetData(), nil
}

func (r connectReceiver) Close() { r.st.Close() }
