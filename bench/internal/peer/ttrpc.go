package peer

import (
	"context"
	"crypto/tls"
	"net"

	"github.com/containerd/ttrpc"

	"github.com/gridrpc/gridc/bench/pb"
	"github.com/gridrpc/gridc/bench/pb/pbttrpc"
)

var ttrpcPeer = Peer{
	Name:   "ttrpc",
	About:  "one client with defaults; messages end at 4 MiB, which cannot be changed, so that larger payloads go as calls of 3 MiB one after the other",
	Module: "github.com/containerd/ttrpc",
	Serve: func(ln net.Listener, secure *tls.Config) (func(), error) {
		s, err := ttrpc.NewServer()
		if err != nil {
			return nil, err
		}
		pbttrpc.RegisterEchoService(s, ttrpcServer{})
		go s.Serve(context.Background(), secured(ln, secure))
		return func() { s.Close() }, nil
	},
	Dialer:     func(to Target) (Dialer, error) { return ttrpcDialer(to), nil },
	MaxMessage: 3 << 20,
}

type ttrpcServer struct{}

func (ttrpcServer) Call(_ context.Context, req *pb.Request) (*pb.Response, error) {
	return &pb.Response{Text: req.GetText(), Data: req.GetData()}, nil
}

func (ttrpcServer) Down(_ context.Context, ask *pb.Ask, st pbttrpc.Echo_DownServer) error {
	return sendItems(ask.GetCount(), int(ask.GetSize()), sendPB(st.Send))
}

func (ttrpcServer) Up(_ context.Context, st pbttrpc.Echo_UpServer) (*pb.Total, error) {
	count, bytes, err := countItems(recvPB(st.Recv))
	return &pb.Total{Count: count, Bytes: bytes}, err
}

func (ttrpcServer) Chat(_ context.Context, st pbttrpc.Echo_ChatServer) error {
	return returnItems(recvPB(st.Recv), sendPB(st.Send))
}

type ttrpcDialer Target

func (d ttrpcDialer) Close() {}

func (d ttrpcDialer) Dial(ctx context.Context) (Client, error) {
	conn, err := Target(d).dial(ctx)
	if err != nil {
		return nil, err
	}
	client := ttrpc.NewClient(conn)
	return ttrpcClient{client, pbttrpc.NewEchoClient(client)}, nil
}

type ttrpcClient struct {
	client *ttrpc.Client
	echo   pbttrpc.EchoClient
}

func (c ttrpcClient) Close() { c.client.Close() }

func (c ttrpcClient) Echo(ctx context.Context, call *Call) error {
	r, err := c.echo.Call(ctx, &pb.Request{Text: call.Text, Data: call.Data})
	call.GotText, call.GotData = r.GetText(), r.GetData()
	return err
}

func (c ttrpcClient) Down(ctx context.Context, count uint64, size int) (Receiver, error) {
	ctx, cancel := context.WithCancel(ctx)
	st, err := c.echo.Down(ctx, &pb.Ask{Count: count, Size: uint32(size)})
	if err != nil {
		cancel()
		return nil, err
	}
	return pbStream{recv: recvPB(st.Recv), close: cancel}, nil
}

func (c ttrpcClient) Up(ctx context.Context) (Upload, error) {
	st, err := c.echo.Up(ctx)
	if err != nil {
		return nil, err
	}
	return pbUpload{sendPB(st.Send), st.CloseAndRecv}, nil
}

func (c ttrpcClient) Chat(ctx context.Context) (Chat, error) {
	ctx, cancel := context.WithCancel(ctx)
	st, err := c.echo.Chat(ctx)
	if err != nil {
		cancel()
		return nil, err
	}
	return pbStream{sendPB(st.Send), recvPB(st.Recv), st.CloseSend, cancel}, nil
}
