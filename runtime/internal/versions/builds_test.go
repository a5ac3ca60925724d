package versions

import (
	"context"
	"strconv"

	grid "github.com/gridrpc/gridc/runtime"
	v1 "github.com/gridrpc/gridc/runtime/internal/versions/v1/gen/shop"
	v2 "github.com/gridrpc/gridc/runtime/internal/versions/v2/gen/shop"
	v3 "github.com/gridrpc/gridc/runtime/internal/versions/v3/gen/shop"
)

// builds are those of all revisions, by age.
var builds = []*build{first(), second(), third()}

func first() *build {
	b := &build{name: "v1", kin: "count is a number"}
	b.order = func(name string, count int) item { return item{Name: name, Size: uint8(v1.SizeLarge), Count: count} }
	return fill(b, stubs[*v1.Order, *v1.Receipt]{
		order:   func(o item) *v1.Order { return &v1.Order{Item: o.Name, Size: v1.Size(o.Size), Count: uint32(o.Count)} },
		ordered: func(o *v1.Order) item { return item{Name: o.Item, Size: uint8(o.Size), Count: int(o.Count)} },
		receipt: func(o item) *v1.Receipt {
			return &v1.Receipt{Item: o.Name, Size: v1.Size(o.Size), Count: uint32(o.Count)}
		},
		received: func(r *v1.Receipt) item { return item{Name: r.Item, Size: uint8(r.Size), Count: int(r.Count)} },
		serve: func(m *grid.Manager, h handlers[*v1.Order, *v1.Receipt]) error {
			return v1.RegisterShop(m, &v1.ShopFuncs{BuyFunc: h.buy, HoursFunc: h.hours, CartFunc: h.cart, TallyFunc: h.tally})
		},
		callBuy: func(ctx context.Context, c *grid.Connection, o *v1.Order) (*v1.Receipt, error) {
			return v1.NewShopClient(c).Buy(ctx, o)
		},
		callHours: func(ctx context.Context, c *grid.Connection) (*v1.Receipt, error) {
			return v1.NewShopClient(c).Hours(ctx)
		},
		openCart: func(ctx context.Context, c *grid.Connection) (*grid.Duplex[*v1.Order, *v1.Receipt], error) {
			return v1.NewShopClient(c).Cart(ctx)
		},
		openTally: func(ctx context.Context, c *grid.Connection) (*grid.AnsweredUpload[*v1.Order, *v1.Receipt], error) {
			return v1.NewShopClient(c).Tally(ctx)
		},
	})
}

func second() *build {
	b := &build{name: "v2", kin: "count is a number"}
	b.order = func(name string, count int) item {
		return item{Name: name, Size: uint8(v2.SizeHuge), Count: count, Note: "for " + name}
	}
	b.refund = func(ctx context.Context, c *grid.Connection) error {
		return v2.NewShopClient(c).Refund(ctx, &v2.Receipt{Item: "tea"})
	}
	return fill(b, stubs[*v2.Order, *v2.Receipt]{
		order: func(o item) *v2.Order {
			return &v2.Order{Item: o.Name, Size: v2.Size(o.Size), Count: uint32(o.Count), Note: o.Note}
		},
		ordered: func(o *v2.Order) item {
			return item{Name: o.Item, Size: uint8(o.Size), Count: int(o.Count), Note: o.Note}
		},
		receipt: func(o item) *v2.Receipt {
			return &v2.Receipt{Item: o.Name, Size: v2.Size(o.Size), Count: uint32(o.Count), Note: o.Note}
		},
		received: func(r *v2.Receipt) item {
			return item{Name: r.Item, Size: uint8(r.Size), Count: int(r.Count), Note: r.Note}
		},
		serve: func(m *grid.Manager, h handlers[*v2.Order, *v2.Receipt]) error {
			refund := func(context.Context, *v2.Receipt) error { return nil }
			return v2.RegisterShop(m, &v2.ShopFuncs{BuyFunc: h.buy, HoursFunc: h.hours, RefundFunc: refund, CartFunc: h.cart, TallyFunc: h.tally})
		},
		callBuy: func(ctx context.Context, c *grid.Connection, o *v2.Order) (*v2.Receipt, error) {
			return v2.NewShopClient(c).Buy(ctx, o)
		},
		callHours: func(ctx context.Context, c *grid.Connection) (*v2.Receipt, error) {
			return v2.NewShopClient(c).Hours(ctx)
		},
		openCart: func(ctx context.Context, c *grid.Connection) (*grid.Duplex[*v2.Order, *v2.Receipt], error) {
			return v2.NewShopClient(c).Cart(ctx)
		},
		openTally: func(ctx context.Context, c *grid.Connection) (*grid.AnsweredUpload[*v2.Order, *v2.Receipt], error) {
			return v2.NewShopClient(c).Tally(ctx)
		},
	})
}

func third() *build {
	b := &build{name: "v3", kin: "count is a string"}
	b.order = func(name string, count int) item { return item{Name: name, Size: uint8(v3.SizeSmall), Count: count} }
	return fill(b, stubs[*v3.Order, *v3.Receipt]{
		order: func(o item) *v3.Order {
			return &v3.Order{Item: o.Name, Size: v3.Size(o.Size), Count: strconv.Itoa(o.Count)}
		},
		ordered: func(o *v3.Order) item {
			count, err := strconv.Atoi(o.Count)
			if err != nil {
				count = -1 // no order is for that many
			}
			return item{Name: o.Item, Size: uint8(o.Size), Count: count}
		},
		receipt: func(o item) *v3.Receipt {
			return &v3.Receipt{Item: o.Name, Size: v3.Size(o.Size), Count: uint32(o.Count)}
		},
		received: func(r *v3.Receipt) item { return item{Name: r.Item, Size: uint8(r.Size), Count: int(r.Count)} },
		serve: func(m *grid.Manager, h handlers[*v3.Order, *v3.Receipt]) error {
			return v3.RegisterShop(m, &v3.ShopFuncs{BuyFunc: h.buy, HoursFunc: h.hours, CartFunc: h.cart, TallyFunc: h.tally})
		},
		callBuy: func(ctx context.Context, c *grid.Connection, o *v3.Order) (*v3.Receipt, error) {
			return v3.NewShopClient(c).Buy(ctx, o)
		},
		callHours: func(ctx context.Context, c *grid.Connection) (*v3.Receipt, error) {
			return v3.NewShopClient(c).Hours(ctx)
		},
		openCart: func(ctx context.Context, c *grid.Connection) (*grid.Duplex[*v3.Order, *v3.Receipt], error) {
			return v3.NewShopClient(c).Cart(ctx)
		},
		openTally: func(ctx context.Context, c *grid.Connection) (*grid.AnsweredUpload[*v3.Order, *v3.Receipt], error) {
			return v3.NewShopClient(c).Tally(ctx)
		},
	})
}
