package check

import "strings"

// site is a sort of thing that an annotation can stand at; places form sets.
type site uint16

const (
	onConst site = 1 << iota
	onEnum
	onValue
	onMessage
	onField
	onUnion
	onVariant
	onError
	onExtern
	onService
	onRPC
	onStream
	onAnnotation
	onOther // subroute, reserved, in, out: nothing may stand there

	onHandler    = onRPC | onStream
	onNamed      = onOther - 1
	onLimited    = onMessage | onField | onVariant
	onMember     = onField | onVariant
	onScheduling = onService | onHandler
)

// placeNames are how messages call the places, in the plural.
var placeNames = []struct {
	site site
	name string
}{
	{onNamed, "anything with a name"}, {onHandler, "handlers"}, {onConst, "constants"}, {onEnum, "enums"},
	{onValue, "enum values"}, {onMessage, "messages"}, {onField, "fields"}, {onUnion, "unions"},
	{onVariant, "variants"}, {onError, "errors"}, {onExtern, "externs"}, {onAnnotation, "annotations"}, {onService, "services"}, {onRPC, "rpcs"},
	{onStream, "streams"},
}

// describe lists the places of a set.
func (p site) describe() string {
	var names []string
	for _, n := range placeNames {
		if p&n.site == n.site {
			names = append(names, n.name)
			p &^= n.site
		}
	}
	if last := len(names) - 1; last > 0 {
		return strings.Join(names[:last], ", ") + " and " + names[last]
	}
	return strings.Join(names, "")
}
