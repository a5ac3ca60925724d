package peer

import (
	"context"
	"crypto/tls"
	"net"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/gridrpc/gridc/bench/pb"
	"github.com/gridrpc/gridc/bench/pb/pbgrpc"
)

var grpcPeer = Peer{
	Name:   "grpc-go",
	About:  "one ClientConn, insecure credentials or those of package credentials for TLS, message limits raised to 32 MiB, otherwise defaults",
	Module: "google.golang.org/grpc",
	Serve: func(ln net.Listener, secure *tls.Config) (func(), error) {
		s := grpc.NewServer(grpc.Creds(grpcCredentials(secure)), grpc.MaxRecvMsgSize(maxMessage), grpc.MaxSendMsgSize(maxMessage))
		pbgrpc.RegisterEchoServer(s, grpcServer{})
		go s.Serve(ln)
		return s.Stop, nil
	},
	Dialer: func(to Target) (Dialer, error) { return grpcDialer(to), nil },

	Restart: grpcRestart,
}

func grpcCredentials(secure *tls.Config) credentials.TransportCredentials {
	if secure == nil {
		return insecure.NewCredentials()
	}
	return credentials.NewTLS(secure)
}

type grpcServer struct{ pbgrpc.UnimplementedEchoServer }

func (grpcServer) Call(_ context.Context, req *pb.Request) (*pb.Response, error) {
	return &pb.Response{Text: req.GetText(), Data: req.GetData()}, nil
}

func (grpcServer) Down(ask *pb.Ask, st grpc.ServerStreamingServer[pb.Item]) error {
	return sendItems(ask.GetCount(), int(ask.GetSize()), sendPB(st.Send))
}

func (grpcServer) Up(st grpc.ClientStreamingServer[pb.Item, pb.Total]) error {
	count, bytes, err := countItems(recvPB(st.Recv))
	if err != nil {
		return err
	}
	return st.SendAndClose(&pb.Total{Count: count, Bytes: bytes})
}

func (grpcServer) Chat(st grpc.BidiStreamingServer[pb.Item, pb.Item]) error {
	return returnItems(recvPB(st.Recv), sendPB(st.Send))
}

// sendPB and recvPB turn protobuf items into bytes and back, for all peers that
// speak protobuf.
func sendPB(send func(*pb.Item) error) func([]byte) error {
	return func(b []byte) error { return send(&pb.Item{Data: b}) }
}

func recvPB(recv func() (*pb.Item, error)) func() ([]byte, error) {
	return func() ([]byte, error) {
		item, err := recv()
		return item.GetData(), err
	}
}

type grpcDialer Target

func (d grpcDialer) Close() {}

func (d grpcDialer) Dial(context.Context) (Client, error) {
	conn, err := grpc.NewClient(d.Address,
		grpc.WithTransportCredentials(grpcCredentials(d.TLS)),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage), grpc.MaxCallSendMsgSize(maxMessage)))
	if err != nil {
		return nil, err
	}
	return grpcClient{conn, pbgrpc.NewEchoClient(conn)}, nil
}

type grpcClient struct {
	conn *grpc.ClientConn
	echo pbgrpc.EchoClient
}

func (c grpcClient) Close() { c.conn.Close() }

func (c grpcClient) Echo(ctx context.Context, call *Call) error {
	r, err := c.echo.Call(ctx, &pb.Request{Text: call.Text, Data: call.Data})
	call.GotText, call.GotData = r.GetText(), r.GetData()
	return err
}

func (c grpcClient) Down(ctx context.Context, count uint64, size int) (Receiver, error) {
	ctx, cancel := context.WithCancel(ctx)
	st, err := c.echo.Down(ctx, &pb.Ask{Count: count, Size: uint32(size)})
	if err != nil {
		cancel()
		return nil, err
	}
	return pbStream{recv: recvPB(st.Recv), close: cancel}, nil
}

func (c grpcClient) Up(ctx context.Context) (Upload, error) {
	st, err := c.echo.Up(ctx)
	if err != nil {
		return nil, err
	}
	return pbUpload{sendPB(st.Send), st.CloseAndRecv}, nil
}

func (c grpcClient) Chat(ctx context.Context) (Chat, error) {
	ctx, cancel := context.WithCancel(ctx)
	st, err := c.echo.Chat(ctx)
	if err != nil {
		cancel()
		return nil, err
	}
	return pbStream{sendPB(st.Send), recvPB(st.Recv), st.CloseSend, cancel}, nil
}

// pbStream is the client's side of a stream of any peer that speaks protobuf.
type pbStream struct {
	send      func([]byte) error
	recv      func() ([]byte, error)
	closeSend func() error
	close     func()
}

func (s pbStream) Send(b []byte) error   { return s.send(b) }
func (s pbStream) Recv() ([]byte, error) { return s.recv() }
func (s pbStream) CloseSend() error      { return s.closeSend() }
func (s pbStream) Close()                { s.close() }

// pbUpload is the same for a stream of requests.
type pbUpload struct {
	send   func([]byte) error
	finish func() (*pb.Total, error)
}

func (u pbUpload) Send(b []byte) error { return u.send(b) }

func (u pbUpload) Finish() (count, bytes uint64, err error) {
	total, err := u.finish()
	return total.GetCount(), total.GetBytes(), err
}
