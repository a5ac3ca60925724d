package schema

import (
	"fmt"
	"strings"
)

// Level says how serious a finding is in review.
type Level uint8

// The levels, most serious first.
const (
	Wire     Level = iota + 1 // old and new cannot talk, or misread one another
	Rollout                   // one upgrade order is safe, the other is not
	Source                    // only Go code sees it
	Behavior                  // both decode, but calls behave in another way
)

// Rule is the stable id of a kind of change.
type Rule string

// The rules that look at what is on the wire.
const (
	HandlerDeleted          Rule = "wire/handler-deleted"
	HandlerIDChanged        Rule = "wire/handler-id-changed"
	HandlerIDReused         Rule = "wire/handler-id-reused"
	HandlerKindChanged      Rule = "wire/handler-kind-changed"
	RequestChanged          Rule = "wire/request-changed"
	ResponseChanged         Rule = "wire/response-changed"
	PayloadChanged          Rule = "wire/payload-changed"
	InChanged               Rule = "wire/in-changed"
	OutChanged              Rule = "wire/out-changed"
	SubrouteChanged         Rule = "wire/subroute-changed"
	ReservedRemoved         Rule = "wire/reserved-removed"
	FieldDeleted            Rule = "wire/field-deleted"
	FieldNumberChanged      Rule = "wire/field-number-changed"
	FieldNumberReused       Rule = "wire/field-number-reused"
	FieldTypeChanged        Rule = "wire/field-type-changed"
	FieldCardinalityChanged Rule = "wire/field-cardinality-changed"
	MessageUnionChanged     Rule = "wire/message-union-changed"
	MessageTupleChanged     Rule = "wire/message-tuple-changed"
	EnumValueDeleted        Rule = "wire/enum-value-deleted"
	EnumNumberChanged       Rule = "wire/enum-number-changed"
	EnumBaseNarrowed        Rule = "wire/enum-base-narrowed"
	VariantDeleted          Rule = "wire/variant-deleted"
	VariantNumberChanged    Rule = "wire/variant-number-changed"
	VariantTypeChanged      Rule = "wire/variant-type-changed"
	ErrorCodeChanged        Rule = "wire/error-code-changed"
	ErrorCodeReused         Rule = "wire/error-code-reused"

	IntWidened      Rule = "rollout/int-widened"
	FloatWidened    Rule = "rollout/float-widened"
	EnumValueAdded  Rule = "rollout/enum-value-added"
	VariantAdded    Rule = "rollout/variant-added"
	ErrorAdded      Rule = "rollout/error-added"
	LimitTightened  Rule = "rollout/limit-tightened"
	LimitLoosened   Rule = "rollout/limit-loosened"
	HandlerAdded    Rule = "rollout/handler-added"
	OptionalChanged Rule = "rollout/optional-changed"
	AnswerChanged   Rule = "rollout/answer-changed"

	CapacityChanged Rule = "behavior/capacity-changed"
	ErrorRemoved    Rule = "behavior/error-removed"

	// TooComplex is not a change: comparing the tables would take more work than any
	// real tables need.
	TooComplex Rule = "wire/too-complex"
)

// Level returns the level of the rule's family.
func (r Rule) Level() Level {
	switch family, _, _ := strings.Cut(string(r), "/"); family {
	case "wire":
		return Wire
	case "rollout":
		return Rollout
	case "source":
		return Source
	default:
		return Behavior
	}
}

// Direction is a set of the two directions in which bytes cross between an old and
// a new side.
type Direction uint8

// The directions.
const (
	NewReadsOld Direction = 1 << iota // the old side writes, the new side reads
	OldReadsNew                       // the new side writes, the old side reads
	BothWays    = NewReadsOld | OldReadsNew
)

// unless returns d, or no direction where something is so.
func (d Direction) unless(so bool) Direction {
	if so {
		return 0
	}
	return d
}

// Slot is the part of a handler that a finding is about.
type Slot string

// The slots. Whole is the handler itself.
const (
	Whole    Slot = "handler"
	Request  Slot = "request"
	Payload  Slot = "payload"
	Response Slot = "response"
	In       Slot = "in"
	Out      Slot = "out"
	Errors   Slot = "error"
	Declared Slot = "type" // a declared type by itself: nobody knows who writes it
)

// fromClient reports whether the client writes what is in the slot. Naming the
// handler at all is the client's part too.
func (s Slot) fromClient() bool {
	return s == Whole || s == Request || s == Payload || s == In
}

// Finding is one difference between two tables.
type Finding struct {
	Rule    Rule
	Handler uint16 // 0 when it is about a declared type
	Slot    Slot
	Shape   string    // the declared type it is in, as the old side names it; may be empty
	Now     string    // the same type, as the new side names it
	Member  string    // number or key of the field, variant or value; may be empty
	Code    string    // of the error it is about; may be empty
	Message string    // one sentence for people, without a full stop
	Fails   Direction // where values cannot be decoded or are read as something else
	Risks   Direction // where some values, but not all, cannot be decoded or are lost
}

// Order is an order in which the ends of a call can be upgraded.
type Order uint8

// The orders.
const (
	AnyOrder Order = iota
	ServersFirst
	ClientsFirst
	NoOrder
	ReadersFirst // where a type stands by itself, and nobody knows who reads
	WritersFirst
)

// SafeOrder returns the order of upgrade in which the finding does no harm.
func (f *Finding) SafeOrder() Order {
	bad := f.Fails | f.Risks
	if f.Slot == Declared {
		return orderOfDeclared(bad)
	}
	// While servers are upgraded first, old clients meet new servers.
	serversFirst, clientsFirst := bad&OldReadsNew == 0, bad&NewReadsOld == 0
	if f.Slot.fromClient() {
		serversFirst, clientsFirst = clientsFirst, serversFirst
	}
	switch {
	case serversFirst && clientsFirst:
		return AnyOrder
	case serversFirst:
		return ServersFirst
	case clientsFirst:
		return ClientsFirst
	default:
		return NoOrder
	}
}

func orderOfDeclared(bad Direction) Order {
	return [...]Order{0: AnyOrder, NewReadsOld: WritersFirst, OldReadsNew: ReadersFirst, BothWays: NoOrder}[bad]
}

// Verdict is the result of comparing one handler. If it is empty, there is no
// difference of the kind that the judge was asked for.
type Verdict []Finding

// reasonsShown is how many findings a reason spells out.
const reasonsShown = 3

// Reason returns the findings as one line for people, or "".
func (v Verdict) Reason() string {
	var b strings.Builder
	for i := range v {
		if i == reasonsShown {
			fmt.Fprintf(&b, "; and %d more", len(v)-i)
			break
		}
		if i > 0 {
			b.WriteString("; ")
		}
		fmt.Fprintf(&b, "%s: %s", v[i].Slot, v[i].Message)
	}
	return b.String()
}
