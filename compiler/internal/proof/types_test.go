package proof

import (
	"reflect"

	"github.com/tinylib/msgp/msgp"

	"github.com/gridrpc/gridc/compiler/internal/proof/gen/parts"
	"github.com/gridrpc/gridc/compiler/internal/proof/gen/proof"
	"github.com/gridrpc/gridc/compiler/internal/proof/gen/time"
	"github.com/gridrpc/gridc/runtime/codec"
)

// message is what every generated type is.
type message interface {
	msgp.Marshaler
	msgp.Unmarshaler
	msgp.Sizer
	msgp.Encodable
	msgp.Decodable
	EncodeGrid(*codec.Encoder)
	DecodeGrid(*codec.Decoder)
	Reset()
}

// kind is one generated type.
type kind struct {
	name string
	make func() message
}

// kinds are all generated types of the proof schemas.
var kinds = []kind{
	kindOf(proof.NewEmpty), kindOf(proof.NewScalars), kindOf(proof.NewOptionals), kindOf(proof.NewLists),
	kindOf(proof.NewMaps), kindOf(proof.NewNested), kindOf(proof.NewTree), kindOf(proof.NewBranch),
	kindOf(proof.NewChoice), kindOf(proof.NewLimited), kindOf(proof.NewTen), kindOf(proof.NewBare),
	kindOf(proof.NewNotThere), kindOf(parts.NewPart), kindOf(parts.NewText), kindOf(parts.NewInner),
	kindOf(parts.NewQuoted), kindOf(proof.NewForeign), kindOf(time.NewZone),
}

func kindOf[T message](make func() T) kind {
	return kind{
		name: reflect.TypeFor[T]().Elem().Name(),
		make: func() message { return make() },
	}
}
