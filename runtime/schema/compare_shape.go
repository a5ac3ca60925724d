package schema

import "fmt"

// defaultEntries is how many entries a list or map may hold that has no limit
// of its own.
const defaultEntries = 65_536

// shapes compares two declared types of the same kind.
func (j *Judge) shapes(old, new *Shape) {
	j.about(old, new)
	switch old.Kind {
	case Enum:
		j.bases(old.Base, new.Base)
		j.members(old, new, enumRules, nil)
	case Union:
		j.at.rule = VariantTypeChanged
		j.members(old, new, unionRules, j.fields)
	case Message:
		j.at.rule = FieldTypeChanged
		if old.Tuple != new.Tuple {
			j.report(MessageTupleChanged, BothWays, 0, j.became(form(old.Tuple), form(new.Tuple)))
			break
		}
		j.limit(old.Limit, new.Limit, "bytes")
		if j.sameKeys(old, new) {
			j.members(old, new, messageRules, j.fields)
		}
	}
	j.reserved(old, new)
}

// indexOf returns the index of a shape of either table, made when first needed.
func (j *Judge) indexOf(s *Shape) *index {
	in := j.index[s]
	if in == nil {
		in = newIndex(s, j.review)
		j.index[s] = in
	}
	return in
}

// about makes a declared type the place that findings are about.
func (j *Judge) about(old, new *Shape) {
	j.at.shape, j.at.now, j.at.member, j.at.label = old.Name, new.Name, "", quote(old.Name)
}

// form is what a message is on the wire.
func form(tuple bool) string {
	if tuple {
		return "a tuple"
	}
	return "a map"
}

// sameKeys reports whether both messages identify their fields by numbers, or
// both by strings. Where they differ, not one field is found.
func (j *Judge) sameKeys(old, new *Shape) bool {
	if len(old.Fields) == 0 || len(new.Fields) == 0 {
		return true
	}
	oldText, newText := old.Fields[0].Key != "", new.Fields[0].Key != ""
	if oldText != newText {
		j.report(FieldNumberChanged, BothWays, 0, j.became(keyStyle(oldText), keyStyle(newText)))
	}
	return oldText == newText
}

func keyStyle(text bool) string {
	if text {
		return "string keys"
	}
	return "field numbers"
}

// memberRules are the names that one kind of shape gives to its changes.
type memberRules struct {
	what                    string
	added, deleted, renamed Rule // an empty one is no finding
}

var (
	messageRules = memberRules{"field", "", FieldDeleted, FieldNumberChanged}
	unionRules   = memberRules{"variant", VariantAdded, VariantDeleted, VariantNumberChanged}
	enumRules    = memberRules{"value", EnumValueAdded, EnumValueDeleted, EnumNumberChanged}
)

// members walks the members of both shapes side by side, in the order of their
// numbers or keys; both is called for those that stand on both sides.
func (j *Judge) members(old, new *Shape, rules memberRules, both func(old, new *Field)) {
	a, b := j.indexOf(old), j.indexOf(new)
	for i, k := 0, 0; i < len(a.order) || k < len(b.order); {
		j.steps++
		switch c := compareAt(old, a, i, new, b, k); {
		case c < 0:
			j.gone(old, new, a.order[i], rules)
			i++
		case c > 0:
			j.added(old, new, b.order[k], rules)
			k++
		default:
			if j.review || both != nil {
				j.enter(old, a.order[i], rules)
			}
			// Who took the place of another is not held against its type too.
			if !j.wandered(old, new, a.order[i], b.order[k], rules) && both != nil {
				both(&old.Fields[a.order[i]], &new.Fields[b.order[k]])
			}
			i, k = i+1, k+1
		}
	}
	j.at.member, j.at.label = "", quote(old.Name)
}

func compareAt(old *Shape, a *index, i int, new *Shape, b *index, k int) int {
	switch {
	case i == len(a.order):
		return 1
	case k == len(b.order):
		return -1
	default:
		return old.memberAt(a.order[i]).compare(new.memberAt(b.order[k]))
	}
}

// fields compares a field or variant that both sides have.
func (j *Judge) fields(old, new *Field) {
	found := len(j.found)
	j.types(&old.Type, &new.Type)
	if len(j.found) != found || old.Type.Kind != new.Type.Kind {
		return // a limit of another type is no limit changed
	}
	switch old.Type.Kind {
	case List, Map:
		j.limit(entries(old.Limit), entries(new.Limit), "entries")
		j.limit(old.KeyLimit, new.KeyLimit, "bytes for each key")
		j.parts(old, new)
	default:
		j.limit(old.Limit, new.Limit, "bytes")
	}
}

// parts compares the limits on what a list or map holds.
func (j *Judge) parts(old, new *Field) {
	if old.Type.Elem.Kind != new.Type.Elem.Kind {
		return
	}
	switch old.Type.Elem.Kind {
	case List, Map:
		j.limit(entries(old.Each), entries(new.Each), "entries for each part")
	default:
		j.limit(old.Each, new.Each, "bytes for each part")
	}
}

func entries(limit int64) int64 {
	if limit == 0 {
		return defaultEntries
	}
	return limit
}

// limit compares two limits, of which 0 is none.
func (j *Judge) limit(old, new int64, unit string) {
	if old == new {
		return
	}
	what := j.became(limitText(old, unit), limitText(new, unit))
	if old == 0 || new != 0 && new < old {
		j.report(LimitTightened, 0, NewReadsOld, what)
	} else {
		j.report(LimitLoosened, 0, OldReadsNew, what)
	}
}

func limitText(limit int64, unit string) string {
	if limit == 0 {
		return "no limit"
	}
	return fmt.Sprintf("a limit of %d %s", limit, unit)
}

// gone reports a member that only the old side has.
func (j *Judge) gone(old, new *Shape, pos int, rules memberRules) {
	if !j.review {
		return
	}
	j.enter(old, pos, rules)
	now, moved := j.indexOf(new).byName[old.nameAt(pos)]
	switch {
	case moved && !j.indexOf(old).has(new.memberAt(now)):
		where := new.memberAt(now).String()
		if j.indexOf(old).reserved.has(new.memberAt(now)) {
			where += ", which was reserved"
		}
		j.report(rules.renamed, 0, BothWays, "moved to "+where)
	case !j.indexOf(new).reserved.has(old.memberAt(pos)):
		j.report(rules.deleted, 0, 0, "was deleted and is not reserved")
	}
}

// wandered reports a number that another member has taken over, and whether there
// is such a one: the names say that both are known, so this is no renaming. Each
// move is reported once.
func (j *Judge) wandered(old, new *Shape, oldPos, newPos int, rules memberRules) bool {
	was, is := old.nameAt(oldPos), new.nameAt(newPos)
	if !j.review || was == is {
		return false
	}
	if now, ok := j.indexOf(new).byName[was]; ok {
		j.report(rules.renamed, 0, BothWays, "moved to "+new.memberAt(now).String()+", and "+quote(is)+" took its place")
		return true
	}
	before, ok := j.indexOf(old).byName[is]
	if !ok || j.indexOf(new).has(old.memberAt(before)) {
		return false
	}
	j.report(rules.renamed, 0, BothWays, "gave its place to "+quote(is)+", which was "+old.memberAt(before).String())
	return true
}

// added reports a member that only the new side has.
func (j *Judge) added(old, new *Shape, pos int, rules memberRules) {
	if !j.review {
		return
	}
	j.enter(new, pos, rules)
	j.at.shape = old.Name
	_, moved := j.indexOf(old).byName[new.nameAt(pos)] // and is reported there
	switch {
	case moved:
	case j.indexOf(old).reserved.has(new.memberAt(pos)):
		risks := Direction(0)
		if rules.added != "" {
			risks = OldReadsNew // which does not know it, as any that is added
		}
		j.report(FieldNumberReused, 0, risks, "was reserved")
	case rules.added != "":
		j.report(rules.added, 0, OldReadsNew, "was added")
	}
}

// reserved reports numbers and keys that the new side no longer reserves. Those
// that it uses again are reported as that.
func (j *Judge) reserved(old, new *Shape) {
	if !j.review {
		return
	}
	j.steps += len(old.Reserved) + len(old.Keys)
	in := j.indexOf(new)
	for _, r := range old.Reserved {
		if n, ok := in.reserved.firstOpen(r); ok && !in.has(member{number: n}) {
			j.report(ReservedRemoved, 0, 0, member{number: n}.String()+" is no longer reserved")
		}
	}
	for _, key := range old.Keys {
		if !in.reserved.keys[key] && !in.has(member{key: key}) {
			j.report(ReservedRemoved, 0, 0, quote(key)+" is no longer reserved")
		}
	}
}

// enter makes a member the place that findings are about.
func (j *Judge) enter(s *Shape, pos int, rules memberRules) {
	id := s.memberAt(pos)
	j.at.member = id.String()
	j.at.label = quote(s.Name) + " " + rules.what + " " + id.String()
	if name := s.nameAt(pos); name != "" && id.key == "" {
		j.at.label += " " + quote(name)
	}
}
