package versions

import (
	"context"

	grid "github.com/gridrpc/gridc/runtime"
)

// item is an order or a receipt of any build, with what that build knows of it.
type item struct {
	Name  string
	Size  uint8
	Count int
	Note  string
}

// shop is what serves the handlers of a node, whatever its build.
type shop interface {
	// sell is told of an order that came to a handler, and answers.
	sell(ctx context.Context, b *build, order item) error
}

// build is the generated code of one revision behind functions without its types.
type build struct {
	name     string
	kin      string // builds of one kin fit
	order    func(name string, count int) item
	register func(m *grid.Manager, s shop) error
	buy      func(ctx context.Context, c *grid.Connection, order item) (item, error)
	hours    func(ctx context.Context, c *grid.Connection) (item, error)
	cart     func(ctx context.Context, c *grid.Connection) (cart, error)
	tally    func(ctx context.Context, c *grid.Connection) (upload, error)
	refund   func(ctx context.Context, c *grid.Connection) error // nil: has no such handler
}

// fits reports whether handlers that take orders work between two builds.
func (b *build) fits(other *build) bool { return b.kin == other.kin }

// receipt is what a client of b is due from a server of another build.
func (b *build) receipt(server *build, order item) item {
	if b.name != "v2" || server.name != "v2" {
		order.Note = ""
	}
	return order
}

// cart is the client's end of a stream of any build.
type cart struct {
	send      func(order item) error
	closeSend func() error
	recv      func() (item, error)
	close     func()
}

// upload is the client's end of a stream with one answer, of any build.
type upload struct {
	send         func(order item) error
	closeAndRecv func() (item, error)
	close        func()
}

// stubs is the generated code of one revision.
type stubs[O, R grid.Message] struct {
	order     func(item) O
	ordered   func(O) item
	receipt   func(item) R
	received  func(R) item
	serve     func(m *grid.Manager, h handlers[O, R]) error
	callBuy   func(ctx context.Context, c *grid.Connection, order O) (R, error)
	callHours func(ctx context.Context, c *grid.Connection) (R, error)
	openCart  func(ctx context.Context, c *grid.Connection) (*grid.Duplex[O, R], error)
	openTally func(ctx context.Context, c *grid.Connection) (*grid.AnsweredUpload[O, R], error)
}

// handlers are what the server of one revision is made of.
type handlers[O, R grid.Message] struct {
	buy   func(ctx context.Context, order O) (R, error)
	hours func(ctx context.Context) (R, error)
	cart  func(ctx context.Context, in *grid.Receiver[O], out *grid.Sender[R]) error
	tally func(ctx context.Context, in *grid.Receiver[O]) (R, error)
}

// fill makes the functions of b from the stubs of its revision.
func fill[O, R grid.Message](b *build, s stubs[O, R]) *build {
	b.register = func(m *grid.Manager, at shop) error { return s.serve(m, serving(b, s, at)) }
	b.buy = func(ctx context.Context, c *grid.Connection, order item) (item, error) {
		return read(s.received)(s.callBuy(ctx, c, s.order(order)))
	}
	b.hours = func(ctx context.Context, c *grid.Connection) (item, error) {
		return read(s.received)(s.callHours(ctx, c))
	}
	b.cart = func(ctx context.Context, c *grid.Connection) (cart, error) {
		st, err := s.openCart(ctx, c)
		if err != nil {
			return cart{}, err
		}
		return cart{
			send:      func(order item) error { return st.Send(s.order(order)) },
			closeSend: st.CloseSend,
			recv:      func() (item, error) { return read(s.received)(st.Recv()) },
			close:     st.Close,
		}, nil
	}
	b.tally = func(ctx context.Context, c *grid.Connection) (upload, error) {
		st, err := s.openTally(ctx, c)
		if err != nil {
			return upload{}, err
		}
		return upload{
			send:         func(order item) error { return st.Send(s.order(order)) },
			closeAndRecv: func() (item, error) { return read(s.received)(st.CloseAndRecv()) },
			close:        st.Close,
		}, nil
	}
	return b
}

// read turns an answer into an item.
func read[R any](received func(R) item) func(R, error) (item, error) {
	return func(r R, err error) (item, error) {
		if err != nil {
			return item{}, err
		}
		return received(r), nil
	}
}

// serving are the handlers of a build at a shop.
func serving[O, R grid.Message](b *build, s stubs[O, R], at shop) handlers[O, R] {
	var h handlers[O, R]
	h.buy = func(ctx context.Context, order O) (R, error) {
		o := s.ordered(order)
		return s.receipt(o), at.sell(ctx, b, o)
	}
	h.hours = func(context.Context) (R, error) { return s.receipt(item{Name: b.name}), nil }
	h.cart = func(ctx context.Context, in *grid.Receiver[O], out *grid.Sender[R]) error {
		for order, err := range in.All() {
			if err != nil {
				return err
			}
			receipt, err := h.buy(ctx, order)
			if err != nil {
				return err
			}
			if err := out.Send(receipt); err != nil {
				return err
			}
		}
		return nil
	}
	h.tally = func(ctx context.Context, in *grid.Receiver[O]) (receipt R, err error) {
		for order, err := range in.All() {
			if err != nil {
				return receipt, err
			}
			if receipt, err = h.buy(ctx, order); err != nil {
				return receipt, err
			}
		}
		return receipt, nil // of the last order
	}
	return h
}
