package peer

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/gridrpc/gridc/bench/gen/echo"
	grid "github.com/gridrpc/gridc/runtime"
)

var gridPeer = Peer{
	Name:   "gridc",
	About:  "generated stubs, default limits, batch checksums on (the default without TLS), no authentication as with all others",
	Module: "github.com/gridrpc/gridc",
	Serve:  serveGrid(registerGrid),
	Dialer: func(to Target) (Dialer, error) { return newGridDialer(to, newGridClient), nil },
	node:   startGridNode(registerGrid, newGridClient),

	Restart: gridRestart,
}

func registerGrid(m *grid.Manager) error { return echo.RegisterEcho(m, gridServer{}) }

func newGridClient(_ *grid.Manager, c *grid.Connection) Client {
	return gridClient{echo.NewEchoClient(c)}
}

// gridMesh is how many Managers stand on each side. Between two of them there is
// one session, so that 1,000 sessions need a mesh, as in a cluster. All other
// measurements use the first pair only.
const gridMesh = 32

func gridName(i int) string { return fmt.Sprintf("server%d", i) }

// BeyondLimits is the environment variable that lets gridc go beyond its default
// limits of calls and streams, for the measurements of growth and no other.
const BeyondLimits = "GRIDC_BENCH_BEYOND_LIMITS"

func gridOptions(name string) grid.Options {
	o := grid.Options{Name: name, Auth: grid.InsecureNoAuth(), Logger: slog.New(slog.DiscardHandler)}
	if os.Getenv(BeyondLimits) != "" {
		const many = 1 << 18
		o.Limits = grid.Limits{
			RunningCalls: many, RunningCallsTotal: many, OpenStreams: many, OwedAnswers: many,
			SendQueue: 256 << 20, Unread: 256 << 20,
		}
	}
	return o
}

// serveGrid serves with the options that all peers of gridc have.
func serveGrid(register func(*grid.Manager) error) func(net.Listener, *tls.Config) (func(), error) {
	return serveGridWith(gridOptions, register)
}

// serveGridWith serves a mesh of Managers behind one listener: the host that was
// dialed says which is meant.
func serveGridWith(options func(name string) grid.Options, register func(*grid.Manager) error) func(net.Listener, *tls.Config) (func(), error) {
	return func(ln net.Listener, secure *tls.Config) (func(), error) {
		mux := http.NewServeMux()
		var managers []*grid.Manager
		stop := func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			for _, m := range managers {
				_ = m.Shutdown(ctx) // what is cut short does not matter at the end of a run
			}
		}
		for i := range gridMesh {
			o := options(gridName(i))
			o.Accept = func(string) bool { return true }
			m, err := grid.NewManager(o)
			if err != nil {
				stop()
				return nil, err
			}
			managers = append(managers, m)
			if err := register(m); err != nil {
				stop()
				return nil, err
			}
			mux.Handle(gridName(i)+grid.DefaultPath, m.Handler())
		}
		server := &http.Server{Handler: mux, TLSConfig: secure.Clone(), ReadHeaderTimeout: 5 * time.Second}
		go serveHTTP(server, gridListener(managers[0], ln, secure))
		return func() { stop(); server.Close() }, nil
	}
}

// gridListener is the listener that gridc's documentation has for servers with TLS. Builds
// from before December 2026 have none.
func gridListener(m *grid.Manager, ln net.Listener, secure *tls.Config) net.Listener {
	if l, ok := any(m).(interface {
		Listener(net.Listener) net.Listener
	}); ok && secure != nil {
		return l.Listener(ln)
	}
	return ln
}

// gridDialer gives a connection of another pair of Managers each time.
type gridDialer struct {
	to      Target
	options func(name string) grid.Options
	client  newClient

	mu       sync.Mutex
	dialed   int
	managers []*grid.Manager
}

// newClient makes a client of a Manager's connection.
type newClient func(*grid.Manager, *grid.Connection) Client

func newGridDialer(to Target, client newClient) *gridDialer {
	return &gridDialer{to: to, options: gridOptions, client: client}
}

func (d *gridDialer) Dial(ctx context.Context) (Client, error) {
	m, conn, err := d.next()
	if err != nil {
		return nil, err
	}
	if err := conn.WaitConnected(ctx); err != nil {
		return nil, err
	}
	return d.client(m, conn), nil
}

func (d *gridDialer) next() (*grid.Manager, *grid.Connection, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	i, peer := d.dialed/gridMesh, d.dialed%gridMesh
	if peer == 0 {
		m, err := d.newManager(i)
		if err != nil {
			return nil, nil, err
		}
		d.managers = append(d.managers, m)
	}
	d.dialed++
	m, name := d.managers[i], gridName(peer)
	if err := m.AddPeer(grid.Peer{Name: name, Address: name + ":1"}); err != nil {
		return nil, nil, err
	}
	return m, m.Connection(name), nil
}

func (d *gridDialer) newManager(i int) (*grid.Manager, error) {
	o := d.options(fmt.Sprintf("client%d", i))
	o.CallOnly, o.TLS = true, d.to.TLS
	o.Dial = func(ctx context.Context, _ string) (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(ctx, "tcp", d.to.Address)
	}
	return grid.NewManager(o)
}

func (d *gridDialer) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	for _, m := range d.managers {
		_ = m.Shutdown(ctx) // as above
	}
}

// gridServer does the work behind the generated stubs. CallReused is not for it.
type gridServer struct{ echo.UnimplementedEchoServer }

func (gridServer) Call(_ context.Context, req *echo.Request) (*echo.Response, error) {
	return &echo.Response{Text: req.Text, Data: req.Data}, nil
}

func (gridServer) Down(_ context.Context, ask *echo.Ask, out *grid.Sender[*echo.Item]) error {
	item := new(echo.Item) // Send keeps nothing of it
	return sendItems(ask.Count, int(ask.Size), func(b []byte) error {
		item.Data = b
		return out.Send(item)
	})
}

func (gridServer) Up(_ context.Context, in *grid.Receiver[*echo.Item], out *grid.Sender[*echo.Total]) error {
	count, bytes, err := countItems(itemData(in.Recv))
	if err != nil {
		return err
	}
	return out.Send(&echo.Total{Count: count, Bytes: bytes})
}

func (gridServer) Chat(_ context.Context, in *grid.Receiver[*echo.Item], out *grid.Sender[*echo.Item]) error {
	for {
		item, err := in.Recv()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := out.Send(item); err != nil {
			return err
		}
	}
}

// itemData takes the bytes out of the items that recv returns.
func itemData[T interface{ *echo.Item }](recv func() (T, error)) func() ([]byte, error) {
	return func() ([]byte, error) {
		item, err := recv()
		if err != nil {
			return nil, err
		}
		return (*echo.Item)(item).Data, nil
	}
}

type gridClient struct{ *echo.EchoClient }

func (c gridClient) Close() {}

func (c gridClient) Echo(ctx context.Context, call *Call) error {
	r, err := c.EchoClient.Call(ctx, &echo.Request{Text: call.Text, Data: call.Data})
	if err != nil {
		return err
	}
	call.GotText, call.GotData = r.Text, r.Data
	return nil
}

func (c gridClient) Down(ctx context.Context, count uint64, size int) (Receiver, error) {
	st, err := c.EchoClient.Down(ctx, &echo.Ask{Count: count, Size: uint32(size)})
	if err != nil {
		return nil, err
	}
	return gridReceiver{st}, nil
}

func (c gridClient) Up(ctx context.Context) (Upload, error) {
	st, err := c.EchoClient.Up(ctx)
	if err != nil {
		return nil, err
	}
	return &gridUpload{st: st}, nil
}

func (c gridClient) Chat(ctx context.Context) (Chat, error) {
	st, err := c.EchoClient.Chat(ctx)
	if err != nil {
		return nil, err
	}
	return gridChat{st}, nil
}

type gridReceiver struct{ *grid.Receiver[*echo.Item] }

func (r gridReceiver) Recv() ([]byte, error) { return itemData(r.Receiver.Recv)() }

type gridUpload struct {
	st   *grid.Duplex[*echo.Item, *echo.Total]
	item echo.Item // Send keeps nothing of it
}

func (u *gridUpload) Send(b []byte) error {
	u.item.Data = b
	return u.st.Send(&u.item)
}

func (u *gridUpload) Finish() (count, bytes uint64, err error) {
	if err := u.st.CloseSend(); err != nil {
		return 0, 0, err
	}
	total, err := u.st.Recv()
	if err != nil {
		return 0, 0, err
	}
	if _, err := u.st.Recv(); err != io.EOF {
		return 0, 0, fmt.Errorf("after the total: %w", err)
	}
	return total.Count, total.Bytes, nil
}

type gridChat struct {
	st *grid.Duplex[*echo.Item, *echo.Item]
}

func (c gridChat) Send(b []byte) error   { return c.st.Send(&echo.Item{Data: b}) }
func (c gridChat) CloseSend() error      { return c.st.CloseSend() }
func (c gridChat) Recv() ([]byte, error) { return itemData(c.st.Recv)() }
func (c gridChat) Close()                { c.st.Close() }
