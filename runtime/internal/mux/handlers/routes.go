package handlers

import (
	"encoding/binary"

	"github.com/gridrpc/gridc/runtime/internal/wire"
)

func (h *Handler) AppendRoute(b []byte) []byte {
	e := binary.AppendUvarint(nil, h.Route)
	e = binary.AppendUvarint(e, uint64(h.ID))
	e = wire.AppendString(e, h.Subroute)
	flags := uint64(0)
	if h.Stream != nil {
		flags |= wire.RouteStream
	}
	e = binary.AppendUvarint(e, flags)
	e = binary.AppendUvarint(e, uint64(h.InCap))
	e = binary.AppendUvarint(e, uint64(h.OutCap))
	if h.Settings.Shape != nil {
		e = binary.LittleEndian.AppendUint64(e, h.Settings.Shape.Digest)
	}
	return wire.AppendBytes(b, e) // with its length, so that an entry can grow in a later version
}
