package dynamic

import (
	"fmt"
	"math"
	"strconv"

	"github.com/gridrpc/gridc/runtime/codec"
	"github.com/gridrpc/gridc/runtime/schema"
)

// Decode reads the content of a slot of a handler.
func (c Codec) Decode(ty *schema.Type, b []byte) (any, error) {
	switch {
	case ty == nil && len(b) > 0:
		return nil, fmt.Errorf("%d bytes where nothing is expected", len(b))
	case ty == nil:
		return nil, nil
	case ty.Kind == schema.Bytes:
		return Bin(b), nil
	}
	d := codec.NewDecoder(b)
	v := c.read(&d, ty, limits{})
	rest, err := d.Done()
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("%d bytes are left", len(rest))
	}
	return v, err
}

func (c Codec) read(d *codec.Decoder, ty *schema.Type, limit limits) any {
	switch c.kind(ty) {
	case schema.Bool:
		return d.Bool()
	case schema.Float32:
		return float64(d.Float32())
	case schema.Float64:
		return d.Float64()
	case schema.String:
		if limit.own > 0 {
			return d.StringMax(limit.own)
		}
		return d.String()
	case schema.Bytes:
		if limit.own > 0 {
			return Bin(d.BytesMax(nil, limit.own))
		}
		return Bin(d.Bytes(nil))
	case schema.UUID:
		return d.UUID()
	case schema.Time:
		return d.Time()
	case schema.Raw, schema.Extern:
		return Raw(d.Raw(nil))
	case schema.List:
		return c.readList(d, ty, limit)
	case schema.Map:
		return c.readMap(d, ty, limit)
	case schema.Message, schema.Union:
		return c.readStruct(d, &c.Table.Shapes[ty.Shape])
	default:
		return c.readInteger(d, ty)
	}
}

func (c Codec) readInteger(d *codec.Decoder, ty *schema.Type) any {
	switch c.kind(ty) {
	case schema.Int8:
		return int64(d.Int8())
	case schema.Int16:
		return int64(d.Int16())
	case schema.Int32:
		return int64(d.Int32())
	case schema.Uint8:
		return int64(d.Uint8())
	case schema.Uint16:
		return int64(d.Uint16())
	case schema.Uint32:
		return int64(d.Uint32())
	case schema.Uint64:
		u := d.Uint64()
		if u > math.MaxInt64 {
			return u
		}
		return int64(u) // fits: compared
	default:
		return d.Int64()
	}
}

func (c Codec) readList(d *codec.Decoder, ty *schema.Type, limit limits) any {
	list := List(codec.List[any](d, nil, limitOf(limit.own)))
	for i := range list {
		list[i] = c.read(d, ty.Elem, limit.parts())
	}
	d.EndList()
	return list
}

func (c Codec) readMap(d *codec.Decoder, ty *schema.Type, limit limits) any {
	byKey := map[any]any{}
	for n := d.Entries(limitOf(limit.own)); n > 0 && d.OK(); n-- {
		key := c.read(d, ty.Key, limit.keys())
		byKey[key] = c.read(d, ty.Elem, limit.parts())
	}
	d.EndMap()
	var m Map
	for k, v := range byKey {
		m = append(m, Entry{k, v})
	}
	return sortMap(m)
}

func (c Codec) readStruct(d *codec.Decoder, shape *schema.Shape) any {
	s := &Struct{Shape: shape}
	if shape.Kind == schema.Union {
		if d.BeginUnion() {
			number := d.Key()
			if !c.readField(d, s, strconv.Itoa(number)) {
				s.Unknown = number
			}
		}
		d.End(shape.Name)
		return s
	}
	left := d.Left()
	if shape.Tuple {
		for i, n := 1, d.BeginTuple(); i <= n && d.OK(); i++ {
			c.readField(d, s, strconv.Itoa(d.Place(i)))
		}
		return c.end(d, s, left)
	}
	for n := d.Begin(); n > 0 && d.OK(); n-- {
		c.readField(d, s, key(d, shape))
	}
	return c.end(d, s, left)
}

// end ends a message of which left bytes were left when it began.
func (c Codec) end(d *codec.Decoder, s *Struct, left int) *Struct {
	if s.Shape.Limit > 0 {
		d.EndWithin(s.Shape.Name, left, s.Shape.Limit)
	} else {
		d.End(s.Shape.Name)
	}
	return s
}

func key(d *codec.Decoder, shape *schema.Shape) string {
	switch {
	case len(shape.Fields) == 0:
		d.AnyKey()
		return ""
	case shape.Fields[0].Key != "":
		return strconv.Quote(string(d.TextKey()))
	}
	return strconv.Itoa(d.Key())
}

// readField reads the value behind a key, and skips the value of a key that
// the shape does not have.
func (c Codec) readField(d *codec.Decoder, s *Struct, member string) bool {
	for i := range s.Shape.Fields {
		f := &s.Shape.Fields[i]
		if Member(f) != member {
			continue
		}
		keep := f.Type.Optional || s.Shape.Kind == schema.Union
		if keep && d.Nil() {
			return true
		}
		v := c.read(d, &f.Type, limitsOf(f))
		if f.Secret {
			d.Discreet()
		}
		if keep || !IsZero(v) {
			s.set(member, v)
		} else {
			delete(s.Fields, member)
		}
		return true
	}
	d.Skip()
	return false
}
