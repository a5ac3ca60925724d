package handlers

import (
	"github.com/gridrpc/gridc/runtime/schema"
	"github.com/gridrpc/gridc/runtime/status"
)

// Shape is one handler's shape in a table, with its digest.
type Shape struct {
	Table  *schema.Table
	Digest uint64
}

// NewShape finds a handler in its table; nil where there is no table.
func NewShape(t *schema.Table, id status.HandlerID) *Shape {
	if t == nil {
		return nil
	}
	h := t.Handler(uint16(id))
	if h == nil {
		return nil
	}
	return &Shape{Table: t, Digest: t.HandlerDigest(h)}
}
