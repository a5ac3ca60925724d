package proof

import (
	"reflect"

	"github.com/tinylib/msgp/msgp"

	"github.com/gridrpc/gridc/compiler/internal/proof/gen/forms"
	"github.com/gridrpc/gridc/compiler/internal/proof/gen/parts"
	"github.com/gridrpc/gridc/compiler/internal/proof/gen/proof"
	proofv1 "github.com/gridrpc/gridc/compiler/internal/proof/gen/proof/v1"
	"github.com/gridrpc/gridc/compiler/internal/proof/gen/time"
	"github.com/gridrpc/gridc/examples/gen/common"
	"github.com/gridrpc/gridc/examples/gen/storage"
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

// kinds are all generated types of the proof schemas and of the example.
var kinds = []kind{
	kindOf(proof.NewEmpty), kindOf(proof.NewScalars), kindOf(proof.NewOptionals), kindOf(proof.NewLists),
	kindOf(proof.NewMaps), kindOf(proof.NewNested), kindOf(proof.NewTree), kindOf(proof.NewBranch), kindOf(proof.NewStem),
	kindOf(proof.NewChoice), kindOf(proof.NewLimited), kindOf(proof.NewTen), kindOf(proof.NewBare),
	kindOf(proof.NewNotThere), kindOf(parts.NewPart), kindOf(parts.NewText), kindOf(parts.NewInner),
	kindOf(parts.NewQuoted), kindOf(proof.NewForeign), kindOf(time.NewZone),
	kindOf(proof.NewValue), kindOf(proof.NewValues), kindOf(proof.NewVersioned), kindOf(proofv1.NewItem), kindOf(proofv1.NewGone), kindOf(parts.NewWhole),
	kindOf(proof.NewLimitedParts), kindOf(proof.NewParted), kindOf(proof.NewResult), kindOf(proof.NewBatch), kindOf(proof.NewChained), kindOf(proof.NewLink), kindOf(proof.NewLinkEvent), kindOf(proof.NewLinkEvents),
	kindOf(forms.NewLogin), kindOf(forms.NewVault), kindOf(forms.NewKey), kindOf(forms.NewNamed), kindOf(forms.NewLocked),
	kindOf(forms.NewRecord), kindOf(forms.NewPoint), kindOf(forms.NewHoles), kindOf(forms.NewHolder), kindOf(forms.NewNothing), kindOf(forms.NewEither),
	kindOf(forms.NewNewer), kindOf(forms.NewNewerPick), kindOf(forms.NewNewerPair), kindOf(forms.NewNewerText), kindOf(forms.NewOlder),
	kindOf(forms.NewOlderPick), kindOf(forms.NewOlderPair), kindOf(forms.NewOlderText), kindOf(forms.NewBlind), kindOf(forms.NewTight),
	kindOf(forms.NewOrdered), kindOf(forms.NewOrderedPick), kindOf(forms.NewInner), kindOf(forms.NewLoose), kindOf(forms.NewEmpty),
	kindOf(forms.NewWorse), kindOf(forms.NewBad),

	kindOf(storage.NewDiskInfoOptions), kindOf(storage.NewDiskInfo), kindOf(storage.NewDiskMetrics),
	kindOf(storage.NewReadVersionRequest), kindOf(storage.NewFileInfo), kindOf(storage.NewPartInfo),
	kindOf(storage.NewDeleteFileRequest), kindOf(storage.NewWalkDirOptions), kindOf(storage.NewWalkEntry),
	kindOf(storage.NewOp), kindOf(storage.NewAck), kindOf(storage.NewFileNotFound), kindOf(storage.NewDiskOffline),
	kindOf(common.NewDenied),
}

func kindOf[T message](make func() T) kind {
	return kind{
		name: reflect.TypeFor[T]().Elem().String(),
		make: func() message { return make() },
	}
}
