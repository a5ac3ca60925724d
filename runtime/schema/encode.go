package schema

import (
	"github.com/tinylib/msgp/msgp"
)

// encodingVersion is the first element of every encoded table.
const encodingVersion = 1

// Append appends the encoding of t to b: msgpack arrays whose elements have
// fixed places. The same table always gives the same bytes.
//
//	table   = [version, [shape…], [handler…], [range…]]
//	shape   = [Enum, name, base, [[name, number]…], [range…], [key…]]
//	        | [Message or Union, name, [field…], limit, [range…], [key…]]
//	        | [Message, name, [field…], limit, [range…], [key…], flags]
//	        | [Extern, name]
//	field   = [name, number or key, type] | [name, number or key, type, limit]
//	        | [name, number or key, type, limit, flags]
//	        | [name, number or key, type, limit, flags, limit of each part, limit of each key]
//	handler = [id, name, false, [subroute…], [[code, shape]…], type, type]
//	        | [id, name, true,  [subroute…], [[code, shape]…], type, type, capacity, type, capacity]
//	        | [id, name, true,  [subroute…], [[code, shape]…], type, type, capacity, type, 1, flags]
//	type    = nil | scalar kind | [kind, optional, …]
//	range   = [from, to]
//
// The types of a handler are request and response, or payload, in and out. The
// flags are bits: 1 for a secret field, 1 for a message that is a tuple, 1 for a
// stream whose out is its one response. Readers that do not know responses of
// streams see a stream that sends one message. After "optional" in a type comes
// nothing for a scalar, the shape of a named type, the element of a list, or the
// key and the element of a map.
func Append(b []byte, t *Table) []byte {
	b = msgp.AppendArrayHeader(b, 4)
	b = msgp.AppendUint(b, encodingVersion)
	b = appendList(b, t.Shapes, appendShape)
	b = appendList(b, t.Handlers, appendHandler)
	return appendList(b, t.Reserved, appendRange)
}

func appendList[T any](b []byte, list []T, appendOne func([]byte, *T) []byte) []byte {
	b = msgp.AppendArrayHeader(b, uint32(len(list)))
	for i := range list {
		b = appendOne(b, &list[i])
	}
	return b
}

func appendShape(b []byte, s *Shape) []byte {
	switch s.Kind {
	case Enum:
		b = appendHead(b, 6, s.Kind, s.Name)
		b = msgp.AppendUint8(b, uint8(s.Base))
		b = appendList(b, s.Values, appendValue)
	case Extern:
		return appendHead(b, 2, s.Kind, s.Name)
	default:
		size := uint32(6)
		if s.Tuple {
			size = 7
		}
		b = appendHead(b, size, s.Kind, s.Name)
		b = appendList(b, s.Fields, appendField)
		b = msgp.AppendInt64(b, s.Limit)
	}
	b = appendList(b, s.Reserved, appendRange)
	b = appendList(b, s.Keys, appendString)
	if s.Tuple {
		b = msgp.AppendInt64(b, tupleFlag)
	}
	return b
}

func appendHead(b []byte, size uint32, k Kind, name string) []byte {
	b = msgp.AppendArrayHeader(b, size)
	b = msgp.AppendUint8(b, uint8(k))
	return msgp.AppendString(b, name)
}

func appendValue(b []byte, v *Value) []byte {
	b = msgp.AppendArrayHeader(b, 2)
	b = msgp.AppendString(b, v.Name)
	return msgp.AppendInt64(b, v.Number)
}

func appendField(b []byte, f *Field) []byte {
	size := uint32(3)
	switch {
	case f.Each != 0 || f.KeyLimit != 0:
		size = 7
	case f.Secret:
		size = 5
	case f.Limit != 0:
		size = 4
	}
	b = msgp.AppendArrayHeader(b, size)
	b = msgp.AppendString(b, f.Name)
	if f.Key != "" {
		b = msgp.AppendString(b, f.Key)
	} else {
		b = msgp.AppendInt(b, f.Number)
	}
	b = appendType(b, &f.Type)
	if size > 3 {
		b = msgp.AppendInt64(b, f.Limit)
	}
	if size > 4 {
		b = msgp.AppendInt64(b, f.flags())
	}
	if size > 6 {
		b = msgp.AppendInt64(msgp.AppendInt64(b, f.Each), f.KeyLimit)
	}
	return b
}

// The flags of a field, of a message and of a stream.
const (
	secretFlag = 1
	tupleFlag  = 1
	answerFlag = 1
)

// answered reports whether h is a stream that ends with a response.
func (h *Handler) answered() bool { return h.Stream && h.Response != nil }

func (f *Field) flags() int64 {
	if f.Secret {
		return secretFlag
	}
	return 0
}

func appendType(b []byte, t *Type) []byte {
	switch {
	case t == nil:
		return msgp.AppendNil(b)
	case t.Kind == List:
		return appendType(appendTypeHead(b, 3, t), t.Elem)
	case t.Kind == Map:
		return appendType(appendType(appendTypeHead(b, 4, t), t.Key), t.Elem)
	case t.Kind.named():
		return msgp.AppendInt(appendTypeHead(b, 3, t), t.Shape)
	case t.Optional:
		return appendTypeHead(b, 2, t)
	default:
		return msgp.AppendUint8(b, uint8(t.Kind))
	}
}

func appendTypeHead(b []byte, size uint32, t *Type) []byte {
	b = msgp.AppendArrayHeader(b, size)
	b = msgp.AppendUint8(b, uint8(t.Kind))
	return msgp.AppendBool(b, t.Optional)
}

func appendHandler(b []byte, h *Handler) []byte {
	size := uint32(7)
	if h.Stream {
		size = 10
	}
	if h.answered() {
		size = 11
	}
	b = msgp.AppendArrayHeader(b, size)
	b = msgp.AppendUint16(b, h.ID)
	b = msgp.AppendString(b, h.Name)
	b = msgp.AppendBool(b, h.Stream)
	b = appendList(b, h.Subroutes, appendString)
	b = appendList(b, h.Errors, appendError)
	b = appendType(b, h.Request)
	if !h.Stream {
		return appendType(b, h.Response)
	}
	b = msgp.AppendInt(appendType(b, h.In), h.InCapacity)
	if h.answered() {
		b = msgp.AppendInt(appendType(b, h.Response), 1)
		return msgp.AppendInt64(b, answerFlag)
	}
	return msgp.AppendInt(appendType(b, h.Out), h.OutCapacity)
}

func appendError(b []byte, e *Error) []byte {
	b = msgp.AppendArrayHeader(b, 2)
	b = msgp.AppendString(b, e.Code)
	return msgp.AppendInt(b, e.Shape)
}

func appendRange(b []byte, r *Range) []byte {
	b = msgp.AppendArrayHeader(b, 2)
	b = msgp.AppendInt64(b, r.From)
	return msgp.AppendInt64(b, r.To)
}

func appendString(b []byte, s *string) []byte { return msgp.AppendString(b, *s) }
