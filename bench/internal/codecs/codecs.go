package codecs

import (
	"reflect"
	"slices"

	"github.com/tinylib/msgp/msgp"
	"google.golang.org/protobuf/proto"

	"github.com/gridrpc/gridc/bench/internal/codecs/mp"
	"github.com/gridrpc/gridc/bench/internal/codecs/mptuple"
	"github.com/gridrpc/gridc/bench/internal/codecs/pb"
)

// All returns every value in every codec, by value.
func All() []*Work {
	return slices.Concat(
		works("small", small(), (*mp.Small)(small()), (*mptuple.Small)(small()), &pb.Small{Text: small().Text, Data: small().Data}),
		works("plain", plain(), mpPlain(plain()), (*mptuple.Plain)(mpPlain(plain())), pbPlain(plain())),
		works("wide", wide(), mpWide(wide()), (*mptuple.Wide)(mpWide(wide())), pbWide(wide())),
		works("list", list(), mpList(list()), tupleList(list()), pbList(list())),
		works("maps", maps(), (*mp.Maps)(maps()), (*mptuple.Maps)(maps()), &pb.Maps{Labels: maps().Labels, Counts: maps().Counts}),
		works("optional", optional(), mpOptional(optional()), tupleOptional(optional()), pbOptional(optional())),
	)
}

// works are the same value in each codec. What is read into is a message of its
// own in each.
func works[G, M, T, P any, GP packed[G], MP packed[M], TP packed[T], PP vtMessage[P]](value string, g GP, m MP, t TP, p PP) []*Work {
	other := proto.Clone(p).(PP)
	return []*Work{
		{Codec: Base, Value: value, message: vt[P, PP]{p}},
		{Codec: Grid, Value: value, message: pack[G, GP]{g}},
		{Codec: MsgP, Value: value, message: pack[M, MP]{m}},
		{Codec: Tuple, Value: value, message: pack[T, TP]{t}},
		{Codec: Proto, Value: value, message: protobuf[P, PP]{other}},
	}
}

// packed is a pointer to a type with msgp methods.
type packed[T any] interface {
	*T
	msgp.Marshaler
	msgp.Unmarshaler
}

// pack is a message of gridc or of msgp's generator.
type pack[T any, P packed[T]] struct{ v P }

func (x pack[T, P]) write(b []byte) ([]byte, error) { return x.v.MarshalMsg(b[:0]) }

func (x pack[T, P]) read(b []byte) (codec, error) {
	v := P(new(T))
	_, err := v.UnmarshalMsg(b)
	return pack[T, P]{v}, err
}

func (x pack[T, P]) again(b []byte) error {
	_, err := x.v.UnmarshalMsg(b)
	return err
}

func (x pack[T, P]) equal(other codec) bool { return reflect.DeepEqual(x, other) }

// protoMessage is a pointer to a type that protobuf-go generated.
type protoMessage[T any] interface {
	*T
	proto.Message
}

// protobuf is a message of protobuf-go.
type protobuf[T any, P protoMessage[T]] struct{ v P }

func (x protobuf[T, P]) write(b []byte) ([]byte, error) {
	return proto.MarshalOptions{}.MarshalAppend(b[:0], x.v)
}

func (x protobuf[T, P]) read(b []byte) (codec, error) {
	v := P(new(T))
	return protobuf[T, P]{v}, proto.Unmarshal(b, v)
}

func (x protobuf[T, P]) again(b []byte) error { return proto.Unmarshal(b, x.v) }

func (x protobuf[T, P]) equal(other codec) bool {
	return proto.Equal(x.v, other.(protobuf[T, P]).v)
}

// vtMessage has the methods that vtprotobuf adds.
type vtMessage[T any] interface {
	protoMessage[T]
	SizeVT() int
	MarshalToSizedBufferVT(b []byte) (int, error)
	UnmarshalVT(b []byte) error
	ResetVT()
}

// vt is a message of vtprotobuf.
type vt[T any, P vtMessage[T]] struct{ v P }

func (x vt[T, P]) write(b []byte) ([]byte, error) {
	n := x.v.SizeVT()
	b = slices.Grow(b[:0], n)[:n]
	_, err := x.v.MarshalToSizedBufferVT(b)
	return b, err
}

func (x vt[T, P]) read(b []byte) (codec, error) {
	v := P(new(T))
	return vt[T, P]{v}, v.UnmarshalVT(b)
}

func (x vt[T, P]) again(b []byte) error {
	x.v.ResetVT()
	return x.v.UnmarshalVT(b)
}

func (x vt[T, P]) equal(other codec) bool { return proto.Equal(x.v, other.(vt[T, P]).v) }
