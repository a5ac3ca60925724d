package peer

import (
	"context"
	"io"

	"github.com/gridrpc/gridc/bench/gen/echo"
	grid "github.com/gridrpc/gridc/runtime"
)

var gridReusePeer = Peer{
	Name:   "gridc-reuse",
	About:  "as gridc, with @reuse: each caller has one response for all of its calls, each end of a stream one message to receive into",
	Module: "github.com/gridrpc/gridc",
	Serve:  serveGrid(registerGridReuse),
	Dialer: func(to Target) (Dialer, error) { return newGridDialer(to, newGridReuseClient), nil },
	node:   startGridNode(registerGridReuse, newGridReuseClient),
}

func registerGridReuse(m *grid.Manager) error { return echo.RegisterEcho(m, gridReuseServer{}) }

func newGridReuseClient(_ *grid.Manager, c *grid.Connection) Client {
	return gridReuseClient{gridClient{echo.NewEchoClient(c)}}
}

// gridReuseServer is gridServer, but keeps nothing of what it receives.
type gridReuseServer struct{ gridServer }

// CallReused answers with memory of the request, which is used again only when the
// answer is encoded.
func (gridReuseServer) CallReused(_ context.Context, req *echo.Request) (*echo.Response, error) {
	return &echo.Response{Text: req.Text, Data: req.Data}, nil
}

func (gridReuseServer) Up(_ context.Context, in *grid.Receiver[*echo.Item], out *grid.Sender[*echo.Total]) error {
	count, bytes, err := countItems(dataInto(in.RecvInto))
	if err != nil {
		return err
	}
	return out.Send(&echo.Total{Count: count, Bytes: bytes})
}

func (gridReuseServer) Chat(_ context.Context, in *grid.Receiver[*echo.Item], out *grid.Sender[*echo.Item]) error {
	item := new(echo.Item)
	for {
		err := in.RecvInto(item)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := out.Send(item); err != nil { // which keeps nothing of it
			return err
		}
	}
}

// dataInto receives all items into one, and takes the bytes out of it.
func dataInto(recv func(*echo.Item) error) func() ([]byte, error) {
	item := new(echo.Item)
	return func() ([]byte, error) {
		if err := recv(item); err != nil {
			return nil, err
		}
		return item.Data, nil
	}
}

type gridReuseClient struct{ gridClient }

func (c gridReuseClient) Echo(ctx context.Context, call *Call) error {
	r := &call.reply
	if err := c.CallReusedInto(ctx, &echo.Request{Text: call.Text, Data: call.Data}, r); err != nil {
		return err
	}
	call.GotText, call.GotData = r.Text, r.Data
	return nil
}

func (c gridReuseClient) Down(ctx context.Context, count uint64, size int) (Receiver, error) {
	st, err := c.EchoClient.Down(ctx, &echo.Ask{Count: count, Size: uint32(size)})
	if err != nil {
		return nil, err
	}
	return gridReuseReceiver{dataInto(st.RecvInto), st.Close}, nil
}

func (c gridReuseClient) Chat(ctx context.Context) (Chat, error) {
	st, err := c.EchoClient.Chat(ctx)
	if err != nil {
		return nil, err
	}
	return &gridReuseChat{gridReuseReceiver{dataInto(st.RecvInto), st.Close}, st, echo.Item{}}, nil
}

type gridReuseReceiver struct {
	recv func() ([]byte, error)
	end  func()
}

func (r gridReuseReceiver) Recv() ([]byte, error) { return r.recv() }
func (r gridReuseReceiver) Close()                { r.end() }

type gridReuseChat struct {
	gridReuseReceiver
	st   *grid.Duplex[*echo.Item, *echo.Item]
	sent echo.Item // Send keeps nothing of it
}

func (c *gridReuseChat) Send(b []byte) error {
	c.sent.Data = b
	return c.st.Send(&c.sent)
}

func (c *gridReuseChat) CloseSend() error { return c.st.CloseSend() }
