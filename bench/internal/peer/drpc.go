package peer

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"

	"storj.io/drpc/drpcconn"
	"storj.io/drpc/drpcmanager"
	"storj.io/drpc/drpcmux"
	"storj.io/drpc/drpcserver"
	"storj.io/drpc/drpcwire"

	"github.com/gridrpc/gridc/bench/pb"
	"github.com/gridrpc/gridc/bench/pb/pbdrpc"
)

var drpcPeer = Peer{
	Name:   "drpc",
	About:  "one drpcconn, which carries one call at a time, so that calls wait for each other; each stream has a connection of its own; buffer limit raised to 32 MiB",
	Module: "storj.io/drpc",
	Serve: func(ln net.Listener, secure *tls.Config) (func(), error) {
		mux := drpcmux.New()
		if err := pbdrpc.DRPCRegisterEcho(mux, drpcServer{}); err != nil {
			return nil, err
		}
		ctx, cancel := context.WithCancel(context.Background())
		go drpcserver.NewWithOptions(mux, drpcserver.Options{Manager: drpcOptions()}).Serve(ctx, secured(ln, secure))
		return cancel, nil
	},
	Dialer:         func(to Target) (Dialer, error) { return drpcDialer(to), nil },
	StreamConnects: true,
}

func drpcOptions() drpcmanager.Options {
	return drpcmanager.Options{Reader: drpcwire.ReaderOptions{MaximumBufferSize: maxMessage}}
}

type drpcServer struct{}

func (drpcServer) Call(_ context.Context, req *pb.Request) (*pb.Response, error) {
	return &pb.Response{Text: req.GetText(), Data: req.GetData()}, nil
}

func (drpcServer) Down(ask *pb.Ask, st pbdrpc.DRPCEcho_DownStream) error {
	return sendItems(ask.GetCount(), int(ask.GetSize()), sendPB(st.Send))
}

func (drpcServer) Up(st pbdrpc.DRPCEcho_UpStream) error {
	count, bytes, err := countItems(recvPB(st.Recv))
	if err != nil {
		return err
	}
	return st.SendAndClose(&pb.Total{Count: count, Bytes: bytes})
}

func (drpcServer) Chat(st pbdrpc.DRPCEcho_ChatStream) error {
	return returnItems(recvPB(st.Recv), sendPB(st.Send))
}

type drpcDialer Target

func (d drpcDialer) Close() {}

func (d drpcDialer) Dial(ctx context.Context) (Client, error) {
	c, err := d.dial(ctx)
	if err != nil {
		return nil, err
	}
	return c, nil
}

func (d drpcDialer) dial(ctx context.Context) (*drpcClient, error) {
	raw, err := Target(d).dial(ctx)
	if err != nil {
		return nil, err
	}
	conn := drpcconn.NewWithOptions(raw, drpcconn.Options{Manager: drpcOptions()})
	return &drpcClient{d, conn, pbdrpc.NewDRPCEchoClient(conn)}, nil
}

type drpcClient struct {
	dialer drpcDialer
	conn   *drpcconn.Conn
	echo   pbdrpc.DRPCEchoClient
}

func (c *drpcClient) Close() { c.conn.Close() }

func (c *drpcClient) Echo(ctx context.Context, call *Call) error {
	r, err := c.echo.Call(ctx, &pb.Request{Text: call.Text, Data: call.Data})
	call.GotText, call.GotData = r.GetText(), r.GetData()
	return err
}

func (c *drpcClient) Down(ctx context.Context, count uint64, size int) (Receiver, error) {
	own, err := c.dialer.dial(ctx)
	if err != nil {
		return nil, err
	}
	st, err := own.echo.Down(ctx, &pb.Ask{Count: count, Size: uint32(size)})
	if err != nil {
		return nil, errors.Join(err, own.conn.Close())
	}
	return pbStream{recv: recvPB(st.Recv), close: own.Close}, nil
}

func (c *drpcClient) Up(ctx context.Context) (Upload, error) {
	own, err := c.dialer.dial(ctx)
	if err != nil {
		return nil, err
	}
	st, err := own.echo.Up(ctx)
	if err != nil {
		return nil, errors.Join(err, own.conn.Close())
	}
	return pbUpload{sendPB(st.Send), func() (*pb.Total, error) {
		defer own.Close()
		return st.CloseAndRecv()
	}}, nil
}

func (c *drpcClient) Chat(ctx context.Context) (Chat, error) {
	own, err := c.dialer.dial(ctx)
	if err != nil {
		return nil, err
	}
	st, err := own.echo.Chat(ctx)
	if err != nil {
		return nil, errors.Join(err, own.conn.Close())
	}
	return pbStream{sendPB(st.Send), recvPB(st.Recv), st.CloseSend, own.Close}, nil
}

// endOf is the end of a stream that ended with err, where nil means well.
func endOf(err error) error {
	if err == nil {
		return io.EOF
	}
	return err
}
