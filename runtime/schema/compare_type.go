package schema

// types compares two types that stand in the same place. Shapes in them are
// queued for later. However much of a type has changed, that is one finding.
func (j *Judge) types(old, new *Type) {
	j.steps++
	before := len(j.found)
	j.present(old, new)
	switch n := len(j.found) - before; {
	case n > 1:
		j.unite(before, j.became(j.old.describe(old), j.new.describe(new)))
	case n == 0 && old.Optional != new.Optional && (old.Kind == Raw || new.Kind != Raw):
		j.report(OptionalChanged, 0, 0, j.became(j.old.describe(old), j.new.describe(new)))
	}
}

// present compares two types apart from whether they are optional.
func (j *Judge) present(old, new *Type) {
	if j.opaque(old, new) || j.integers(old, new) || j.floats(old, new) || j.mixed(old, new) {
		return
	}
	switch {
	case old.Kind != new.Kind:
		j.kinds(old, new)
	case old.Kind == List:
		j.types(old.Elem, new.Elem)
	case old.Kind == Map:
		j.types(old.Key, new.Key)
		j.types(old.Elem, new.Elem)
	case old.Kind.named():
		j.named(old, new)
	}
}

// opaque compares types of which one is known only while the program runs: raw
// takes any value, and an extern writes what its methods write.
func (j *Judge) opaque(old, new *Type) bool {
	switch {
	case new.Kind == Raw:
		return true // whatever it was, it is passed through
	case old.Kind == Raw:
		j.changed(old, new, 0, NewReadsOld)
		return true
	case old.Kind != Extern && new.Kind != Extern:
		return false
	case old.Kind != new.Kind || j.old.Shapes[old.Shape].Name != j.new.Shapes[new.Shape].Name:
		j.changed(old, new, 0, BothWays)
	}
	return true
}

// integers compares what travels as an integer: integers, durations and enums.
func (j *Judge) integers(old, new *Type) bool {
	from, isOld := j.old.integer(old)
	to, isNew := j.new.integer(new)
	if !isOld || !isNew {
		return false
	}
	switch narrower, wider := !from.fits(to), !to.fits(from); {
	case old.Kind == Enum && new.Kind == Enum:
		j.named(old, new)
	case narrower:
		j.changed(old, new, 0, narrowed(wider))
	case wider:
		j.report(IntWidened, 0, OldReadsNew, j.became(j.old.describe(old), j.new.describe(new)))
	}
	return true
}

// bases compares the integer types of an enum.
func (j *Judge) bases(old, new Kind) {
	switch narrower, wider := !old.fits(new), !new.fits(old); {
	case narrower:
		j.report(EnumBaseNarrowed, 0, narrowed(wider), j.became(old.String(), new.String()))
	case wider:
		j.report(IntWidened, 0, OldReadsNew, j.became(old.String(), new.String()))
	}
}

// narrowed returns where values may be lost when not every old integer fits the
// new type; wider says that not every new one fits the old type either.
func narrowed(wider bool) Direction {
	if wider {
		return BothWays
	}
	return NewReadsOld
}

// floats compares floats. A reader of float32 refuses a float64 that no float32 is
// exactly.
func (j *Judge) floats(old, new *Type) bool {
	if !old.Kind.float() || !new.Kind.float() {
		return false
	}
	switch {
	case old.Kind == Float32 && new.Kind == Float64:
		j.report(FloatWidened, 0, OldReadsNew, j.became(j.old.describe(old), j.new.describe(new)))
	case old.Kind == Float64 && new.Kind == Float32:
		j.changed(old, new, 0, NewReadsOld)
	}
	return true
}

// mixed compares a float with an integer. Either is read as the other where it is
// exactly the same number, which a fraction never is and not every integer.
func (j *Judge) mixed(old, new *Type) bool {
	from, wasInteger := j.old.integer(old)
	to, isInteger := j.new.integer(new)
	switch {
	case wasInteger && new.Kind.float():
		j.changed(old, new, 0, OldReadsNew|NewReadsOld.unless(from.exactIn(new.Kind)))
	case isInteger && old.Kind.float():
		j.changed(old, new, 0, NewReadsOld|OldReadsNew.unless(to.exactIn(old.Kind)))
	default:
		return false
	}
	return true
}

// kinds compares types whose kinds differ on the wire.
func (j *Judge) kinds(old, new *Type) {
	if j.review && old.Kind.named() && new.Kind.named() && j.old.Shapes[old.Shape].Name == j.new.Shapes[new.Shape].Name {
		// It is about the declared type, wherever that stands.
		defer func(at place) { j.at = at }(j.at)
		j.about(&j.old.Shapes[old.Shape], &j.new.Shapes[new.Shape])
		j.at.rule = FieldTypeChanged
		old, new = &Type{Kind: old.Kind, Shape: old.Shape}, &Type{Kind: new.Kind, Shape: new.Shape}
	}
	what := j.became(j.old.describe(old), j.new.describe(new))
	switch {
	case j.at.shape == "": // what a handler takes or gives
		j.changed(old, new, BothWays, 0)
	case old.Kind == List || new.Kind == List:
		j.report(FieldCardinalityChanged, BothWays, 0, what)
	case old.Kind == Message && new.Kind == Union, old.Kind == Union && new.Kind == Message:
		j.report(MessageUnionChanged, BothWays, 0, what)
	case old.Kind == UUID && new.Kind == Bytes:
		j.changed(old, new, OldReadsNew, 0) // sixteen bytes are bytes, not the reverse
	case old.Kind == Bytes && new.Kind == UUID:
		j.changed(old, new, NewReadsOld, 0)
	default:
		j.changed(old, new, BothWays, 0)
	}
}

// changed reports a changed type under the name it has in this place.
func (j *Judge) changed(old, new *Type, fails, risks Direction) {
	j.report(j.at.rule, fails, risks, j.became(j.old.describe(old), j.new.describe(new)))
}
