package peer

import (
	"context"
	"errors"

	grid "github.com/gridrpc/gridc/runtime"
)

// errNoStreams is what peers answer that are measured for calls only.
var errNoStreams = errors.New("this peer has no streams here")

var gridBytesPeer = Peer{
	Name:   "gridc-bytes",
	About:  "the runtime's bytes API without stubs or a codec: payloads only, no text; replies go back to the pool",
	Module: "github.com/gridrpc/gridc",
	Serve:  serveGrid(registerGridBytes),
	Dialer: func(to Target) (Dialer, error) { return newGridDialer(to, newGridBytesClient), nil },
	node:   startGridNode(registerGridBytes, newGridBytesClient),

	NoStreams: true,
}

func registerGridBytes(m *grid.Manager) error {
	return m.RegisterSingleHandler(1, func(_ context.Context, payload []byte) ([]byte, error) {
		return append(m.GetByteBuffer(len(payload)), payload...), nil
	})
}

func newGridBytesClient(m *grid.Manager, c *grid.Connection) Client {
	return gridBytesClient{c: c, m: m}
}

type gridBytesClient struct {
	noStreams
	c *grid.Connection
	m *grid.Manager
}

func (c gridBytesClient) Close() {}

func (c gridBytesClient) Echo(ctx context.Context, call *Call) error {
	got, err := c.c.Request(ctx, 1, call.Data)
	if err != nil {
		return err
	}
	call.buf = append(call.buf[:0], got...)
	c.m.PutByteBuffer(got)
	call.GotText, call.GotData = call.Text, call.buf
	return nil
}

// noStreams is embedded by peers that have calls only.
type noStreams struct{}

func (noStreams) Down(context.Context, uint64, int) (Receiver, error) { return nil, errNoStreams }
func (noStreams) Up(context.Context) (Upload, error)                  { return nil, errNoStreams }
func (noStreams) Chat(context.Context) (Chat, error)                  { return nil, errNoStreams }
