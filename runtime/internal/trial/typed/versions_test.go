package typed_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/trial"
	v1 "github.com/gridrpc/gridc/runtime/internal/versions/v1/gen/shop"
	v2 "github.com/gridrpc/gridc/runtime/internal/versions/v2/gen/shop"
	v3 "github.com/gridrpc/gridc/runtime/internal/versions/v3/gen/shop"
)

// revision is one build of the service Shop: it serves, and calls a peer. What
// its calls return is the answer as text.
type revision struct {
	register func(*grid.Manager) error
	// buys one item: as a call, and as a message of a stream.
	buy, cart func(ctx context.Context, c *grid.Connection) (string, error)
	// hours sends nothing, so that it fits whatever becomes of Order.
	hours func(ctx context.Context, c *grid.Connection) (string, error)
}

// revisions are builds of runtime/internal/versions. Their servers answer with
// what they understood; each client fills all fields that it knows.
var revisions = map[string]revision{
	"v1": {
		register: func(m *grid.Manager) error {
			buy := func(_ context.Context, o *v1.Order) (*v1.Receipt, error) {
				return &v1.Receipt{Item: o.Item, Size: o.Size, Count: o.Count}, nil
			}
			return v1.RegisterShop(m, &v1.ShopFuncs{BuyFunc: buy, HoursFunc: func(context.Context) (*v1.Receipt, error) { return &v1.Receipt{Item: "v1"}, nil },
				CartFunc: func(ctx context.Context, in *grid.Receiver[*v1.Order], out *grid.Sender[*v1.Receipt]) error {
					return serveCart(ctx, in, out, buy)
				}})
		},
		buy: func(ctx context.Context, c *grid.Connection) (string, error) {
			return show(v1.NewShopClient(c).Buy(ctx, &v1.Order{Item: "tea", Size: v1.SizeLarge, Count: 3}))
		},
		cart: func(ctx context.Context, c *grid.Connection) (string, error) {
			return useCart(v1.NewShopClient(c).Cart(ctx))(&v1.Order{Item: "tea", Size: v1.SizeLarge, Count: 3})
		},
		hours: func(ctx context.Context, c *grid.Connection) (string, error) {
			return show(v1.NewShopClient(c).Hours(ctx))
		},
	},
	"v2": {
		register: func(m *grid.Manager) error {
			buy := func(_ context.Context, o *v2.Order) (*v2.Receipt, error) {
				return &v2.Receipt{Item: o.Item, Size: o.Size, Count: o.Count, Note: "seen: " + o.Note}, nil
			}
			return v2.RegisterShop(m, &v2.ShopFuncs{BuyFunc: buy, HoursFunc: func(context.Context) (*v2.Receipt, error) { return &v2.Receipt{Item: "v2"}, nil },
				CartFunc: func(ctx context.Context, in *grid.Receiver[*v2.Order], out *grid.Sender[*v2.Receipt]) error {
					return serveCart(ctx, in, out, buy)
				}})
		},
		buy: func(ctx context.Context, c *grid.Connection) (string, error) {
			return show(v2.NewShopClient(c).Buy(ctx, &v2.Order{Item: "tea", Size: v2.SizeHuge, Count: 3, Note: "green"}))
		},
		cart: func(ctx context.Context, c *grid.Connection) (string, error) {
			return useCart(v2.NewShopClient(c).Cart(ctx))(&v2.Order{Item: "tea", Size: v2.SizeHuge, Count: 3, Note: "green"})
		},
		hours: func(ctx context.Context, c *grid.Connection) (string, error) {
			return show(v2.NewShopClient(c).Hours(ctx))
		},
	},
	"v3": {
		register: func(m *grid.Manager) error {
			buy := func(context.Context, *v3.Order) (*v3.Receipt, error) {
				return nil, errors.New("what does not fit came to the handler")
			}
			return v3.RegisterShop(m, &v3.ShopFuncs{BuyFunc: buy, HoursFunc: func(context.Context) (*v3.Receipt, error) { return &v3.Receipt{Item: "v3"}, nil },
				CartFunc: func(ctx context.Context, in *grid.Receiver[*v3.Order], out *grid.Sender[*v3.Receipt]) error {
					return serveCart(ctx, in, out, buy)
				}})
		},
		buy: func(ctx context.Context, c *grid.Connection) (string, error) {
			return show(v3.NewShopClient(c).Buy(ctx, &v3.Order{Item: "tea", Size: v3.SizeLarge, Count: "three"}))
		},
		cart: func(ctx context.Context, c *grid.Connection) (string, error) {
			return useCart(v3.NewShopClient(c).Cart(ctx))(&v3.Order{Item: "tea", Size: v3.SizeLarge, Count: "three"})
		},
		hours: func(ctx context.Context, c *grid.Connection) (string, error) {
			return show(v3.NewShopClient(c).Hours(ctx))
		},
	},
}

// show is an answer as text.
func show[R any](receipt *R, err error) (string, error) {
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%+v", *receipt), nil
}

// serveCart answers each order of a stream as the call does.
func serveCart[O, R grid.Message](ctx context.Context, in *grid.Receiver[O], out *grid.Sender[R], buy func(context.Context, O) (R, error)) error {
	for order, err := range in.All() {
		if err != nil {
			return err
		}
		receipt, err := buy(ctx, order)
		if err != nil {
			return err
		}
		if err := out.Send(receipt); err != nil {
			return err
		}
	}
	return nil
}

// useCart returns what sends one order over the stream that was opened.
func useCart[O, R grid.Message](st *grid.Duplex[O, R], err error) func(order O) (string, error) {
	return func(order O) (string, error) {
		if err != nil {
			return "", err
		}
		defer st.Close()
		if err := st.Send(order); err != nil {
			return "", err
		}
		receipt, err := st.Recv()
		if err != nil {
			return "", err
		}
		return strings.TrimPrefix(fmt.Sprintf("%+v", receipt), "&"), nil
	}
}

// meet connects two builds, each once as the one that dials, and gives the test
// the connection of one to the other.
func meet(t *testing.T, one, other string, test func(t *testing.T, to *grid.Connection)) {
	t.Helper()
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		builds := map[string]string{r.Caller: one, r.Server: other}
		m := gridtest.New(t, gridtest.Options{
			Nodes:    []string{r.Caller, r.Server},
			Register: func(n *gridtest.Node) error { return revisions[builds[n.Name()]].register(n.Manager()) },
		})
		if err := m.WaitConnected(t.Context()); err != nil {
			t.Fatal(err)
		}
		test(t, m.Connection(r.Caller, r.Server))
	})
}

// P13: builds of an old and a new revision that fits it call each other: a
// field that only one of them knows is passed over, a value is kept.
func TestP13RevisionsWorkTogether(t *testing.T) {
	for _, c := range []struct{ caller, server, want string }{
		{"v1", "v1", `Receipt{Item: "tea", Size: large, Count: 3}`},
		{"v1", "v2", `Receipt{Item: "tea", Size: large, Count: 3}`},
		{"v2", "v1", `Receipt{Item: "tea", Size: huge, Count: 3}`},
		{"v2", "v2", `Receipt{Item: "tea", Size: huge, Count: 3, Note: "seen: green"}`},
	} {
		t.Run(c.caller+" calls "+c.server, func(t *testing.T) {
			meet(t, c.caller, c.server, func(t *testing.T, to *grid.Connection) {
				calls := revisions[c.caller]
				for what, use := range map[string]func(context.Context, *grid.Connection) (string, error){"call": calls.buy, "stream": calls.cart} {
					if got, err := use(t.Context(), to); err != nil || got != c.want {
						t.Errorf("%s: %s, %v, want %s", what, got, err, c.want)
					}
				}
			})
		})
	}
}

// P13: what only the newer of two builds serves is a handler that the older one
// does not know: calling it there fails here.
func TestP13HandlerOfANewerRevision(t *testing.T) {
	meet(t, "v2", "v1", func(t *testing.T, to *grid.Connection) {
		err := v2.NewShopClient(to).Refund(t.Context(), &v2.Receipt{})
		trial.WantError(t, "refund", err, grid.ErrUnknownHandler, grid.NotSent)
	})
}

// P13: where a field has another type, calls and streams that take it fail here,
// not sent, with the field in the reason; handlers that do not take it work.
func TestP13RevisionsThatDoNotFitFailWithAReason(t *testing.T) {
	for _, c := range [][2]string{{"v1", "v3"}, {"v3", "v1"}, {"v2", "v3"}, {"v3", "v2"}} {
		caller, server := c[0], c[1]
		t.Run(caller+" calls "+server, func(t *testing.T) {
			meet(t, caller, server, func(t *testing.T, to *grid.Connection) {
				calls := revisions[caller]
				for range 2 { // the second time, the verdict is known
					for handler, use := range map[string]func(context.Context, *grid.Connection) (string, error){"shop.Shop.Buy": calls.buy, "shop.Shop.Cart": calls.cart} {
						_, err := use(t.Context(), to)
						trial.WantError(t, handler, err, grid.ErrIncompatible, grid.NotSent)
						if grid.IsRemote(err) {
							t.Errorf("%v was said by the peer", err)
						}
						for _, part := range []string{handler, "count", "uint32", "string"} {
							if err != nil && !strings.Contains(err.Error(), part) {
								t.Errorf("%s: nothing about %s in: %v", handler, part, err)
							}
						}
					}
					if got, err := calls.hours(t.Context(), to); err != nil || !strings.Contains(got, `Item: "`+server+`"`) {
						t.Errorf("another handler: %s, %v", got, err)
					}
				}
			})
		})
	}
}
