package dynamic

import (
	"time"

	"github.com/tinylib/msgp/msgp"

	"github.com/gridrpc/gridc/runtime/codec"
	"github.com/gridrpc/gridc/runtime/schema"
)

// Encode writes the content of a slot of a handler. If the slot has no type, it
// writes no bytes. Bytes are written as they are.
func (c Codec) Encode(ty *schema.Type, v any) ([]byte, error) {
	switch {
	case ty == nil:
		return nil, nil
	case ty.Kind == schema.Bytes:
		data, _ := v.(Bin)
		return []byte(data), nil
	}
	e := codec.NewEncoder(nil, 0)
	c.value(&e, ty, v, limits{})
	return e.Done()
}

// value writes a value, zero or not.
func (c Codec) value(e *codec.Encoder, ty *schema.Type, v any, limit limits) {
	v = c.orZero(ty, v)
	switch c.kind(ty) {
	case schema.Bool:
		e.PutBool(v.(bool))
	case schema.Float32:
		e.PutFloat32(float32(v.(float64)))
	case schema.Float64:
		e.PutFloat64(v.(float64))
	case schema.String:
		if limit.own > 0 {
			e.PutStringMax(v.(string), limit.own)
		} else {
			e.PutString(v.(string))
		}
	case schema.Bytes:
		if limit.own > 0 {
			e.PutBytesMax([]byte(v.(Bin)), limit.own)
		} else {
			e.PutBytes([]byte(v.(Bin)))
		}
	case schema.UUID:
		e.PutUUID(v.(codec.UUID))
	case schema.Time:
		e.PutTime(v.(time.Time))
	case schema.Raw, schema.Extern:
		e.PutRaw(msgp.Raw(v.(Raw)))
	case schema.List:
		c.list(e, ty, v.(List), limit)
	case schema.Map:
		c.mapping(e, ty, v.(Map), limit)
	case schema.Message, schema.Union:
		c.structure(e, v.(*Struct))
	default:
		c.integer(e, v)
	}
}

func (c Codec) integer(e *codec.Encoder, v any) {
	if u, ok := v.(uint64); ok {
		e.PutUint(u)
		return
	}
	e.PutInt(v.(int64))
}

func (c Codec) list(e *codec.Encoder, ty *schema.Type, list List, limit limits) {
	if e.PutList(len(list), limitOf(limit.own)) {
		for _, v := range list {
			c.value(e, ty.Elem, v, limit.parts())
		}
		e.EndList()
	}
}

func (c Codec) mapping(e *codec.Encoder, ty *schema.Type, m Map, limit limits) {
	if e.PutMap(len(m), limitOf(limit.own)) {
		for _, entry := range m {
			c.value(e, ty.Key, entry.Key, limit.keys())
			c.value(e, ty.Elem, entry.Value, limit.parts())
		}
		e.EndMap()
	}
}

// tuple writes a message that is an array.
func (c Codec) tuple(e *codec.Encoder, s *Struct) {
	size := 0
	for i := range s.Shape.Fields {
		size = max(size, s.Shape.Fields[i].Number)
	}
	places := make([]*schema.Field, size)
	for i := range s.Shape.Fields {
		f := &s.Shape.Fields[i]
		places[f.Number-1] = f
	}
	at := e.BeginTuple(size)
	for i, f := range places {
		e.Place(i + 1)
		if f == nil {
			e.PutNil()
			continue
		}
		v, present := s.Fields[Member(f)]
		if !present && f.Type.Optional {
			e.PutNil()
		} else {
			c.value(e, &f.Type, v, limitsOf(f))
		}
	}
	if s.Shape.Limit > 0 {
		e.EndTupleWithin(at, s.Shape.Name, s.Shape.Limit)
	} else {
		e.EndTuple(at, s.Shape.Name)
	}
}

// structure writes a message or a union.
func (c Codec) structure(e *codec.Encoder, s *Struct) {
	if s.Shape.Tuple {
		c.tuple(e, s)
		return
	}
	union := s.Shape.Kind == schema.Union
	at := e.Begin(len(s.Shape.Fields))
	for i := range s.Shape.Fields {
		f := &s.Shape.Fields[i]
		v, present := s.Fields[Member(f)]
		if !present || !union && !f.Type.Optional && IsZero(v) {
			continue
		}
		here := e.Here()
		if f.Key != "" {
			e.TextKey(f.Key)
		} else {
			e.Key(f.Number)
		}
		c.value(e, &f.Type, v, limitsOf(f))
		if composite := f.Type.Kind == schema.Message || f.Type.Kind == schema.Union; composite && !union && !f.Type.Optional {
			e.DropEmpty(here)
		}
	}
	switch {
	case union:
		e.EndUnion(at, s.Shape.Name, s.Unknown)
	case s.Shape.Limit > 0:
		e.EndWithin(at, s.Shape.Name, s.Shape.Limit)
	default:
		e.End(at, s.Shape.Name)
	}
}
