package check

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/idl"
)

// maxKey is the length of the longest string key in bytes.
const maxKey = 255

// members watches over the names and numbers inside one declaration.
type members struct {
	c        *checker
	what     string // "field", "value", …
	owner    string // "message `X`"
	min, max int64

	names     map[string]idl.Span
	numbers   map[int64]numbered
	keys      map[string]numbered
	result    ir.Reserved
	ranges    []reservedRange
	oldNames  map[string]idl.Span
	firstKey  *idl.Lit // decides between numbers and string keys
	saidMixed bool
}

// numbered is who has a number or key, and where it says so.
type numbered struct {
	name string
	at   idl.Span
}

func newMembers(c *checker, what, owner string, from, to int64) *members {
	return &members{
		c: c, what: what, owner: owner, min: from, max: to,
		names:    make(map[string]idl.Span),
		numbers:  make(map[int64]numbered),
		keys:     make(map[string]numbered),
		oldNames: make(map[string]idl.Span),
	}
}

// name enters a member's name; it is false when another member has it.
func (m *members) name(id *idl.Ident) bool {
	if first, taken := m.names[id.Name]; taken {
		m.c.report("member-duplicate", id.Span, "%s has two %ss called `%s`", m.owner, m.what, id.Name).
			Also(first, "first declared here")
		return false
	}
	m.names[id.Name] = id.Span
	if at, reserved := m.oldNames[id.Name]; reserved {
		m.c.report("name-reserved", id.Span, "the name `%s` is reserved in %s", id.Name, m.owner).
			Also(at, "reserved here")
	}
	return true
}

// key enters the number or string key of a field; what it returns is zero when
// something is wrong with it.
func (m *members) key(d *idl.Field, numbersOnly bool) (int, string) {
	lit := d.Key
	if lit == nil {
		return 0, ""
	}
	switch {
	case lit.Kind == idl.LitString && numbersOnly:
		m.c.report("variant-key", lit.Span, "a variant has a number, not a string key").
			Help("%s", m.nextFree(0))
	case lit.Kind == idl.LitString:
		if m.unmixed(lit) {
			return 0, m.stringKey(d.Name.Name, lit)
		}
	case m.unmixed(lit):
		n, _ := m.number(d.Name.Name, lit)
		return int(n), "" // fits: a field's number is at most maxNumber, see holds
	}
	return 0, ""
}

// unmixed says whether the key is of the same sort as the first one.
func (m *members) unmixed(lit *idl.Lit) bool {
	if m.firstKey == nil {
		m.firstKey = lit
	}
	if (m.firstKey.Kind == idl.LitString) == (lit.Kind == idl.LitString) {
		return true
	}
	if !m.saidMixed {
		m.saidMixed = true
		m.c.report("key-mixed", lit.Span, "%s mixes numbers and string keys", m.owner).
			Also(m.firstKey.Span, "the first key is of the other sort").
			Help("use numbers throughout, or string keys throughout")
	}
	return false
}

func (m *members) stringKey(name string, lit *idl.Lit) string {
	key := lit.Str
	if key == "" || len(key) > maxKey || !utf8.ValidString(key) || strings.ContainsFunc(key, unicode.IsControl) {
		m.c.report("key-invalid", lit.Span, "a string key is 1 to %d bytes of text without control characters", maxKey)
		return ""
	}
	if first, taken := m.keys[key]; taken && first.name == name {
		return "" // a line written twice, which its name tells already
	} else if taken {
		m.c.report("number-duplicate", lit.Span, "key `%s` is already taken by `%s`", key, first.name).
			Label("used again here").Also(first.at, "first used here")
		return ""
	}
	m.keys[key] = numbered{name, lit.Span}
	if at, reserved := m.oldNames[key]; reserved && key != name {
		m.c.report("number-reserved", lit.Span, "key `%s` is reserved in %s", key, m.owner).
			Also(at, "reserved here")
	}
	return key
}

// number enters a member's number and says whether it is sound.
func (m *members) number(name string, lit *idl.Lit) (int64, bool) {
	n, ok := m.inRange(lit)
	if !ok {
		return 0, false
	}
	if first, taken := m.numbers[n]; taken && first.name == name {
		return 0, false // a line written twice, which its name tells already
	} else if taken {
		m.c.report("number-duplicate", lit.Span, "number %s is already taken by `%s`", lit.Text, first.name).
			Label("used again here").Also(first.at, "first used here").
			Help("%s", m.nextFree(n))
		return 0, false
	}
	m.numbers[n] = numbered{name, lit.Span}
	if r := m.reservation(n); r != nil {
		m.c.report("number-reserved", lit.Span, "number %s is reserved in %s", lit.Text, m.owner).
			Also(r.at, "reserved here").
			Help("%s", m.nextFree(n))
		return 0, false
	}
	return n, true
}

// inRange is the value of a number that the declaration can hold.
func (m *members) inRange(lit *idl.Lit) (int64, bool) {
	if lit.Kind == idl.LitInt && m.holds(lit) {
		return lit.Int, true
	}
	if lit.Kind != idl.LitInt {
		m.c.report("number-range", lit.Span, "the number of %s is an integer", diag.Article(m.what))
		return 0, false
	}
	m.c.report("number-range", lit.Span, "%s is out of range: the %ss of %s are numbered %s", lit.Text, m.what, m.owner, m.rangeText())
	return 0, false
}

func (m *members) holds(lit *idl.Lit) bool {
	if m.max < 0 { // all of uint64, as a bit pattern
		return lit.Big || lit.Int >= 0
	}
	return !lit.Big && m.min <= lit.Int && lit.Int <= m.max
}

func (m *members) rangeText() string { return rangeText(m.min, m.max) }

// nextFree names the first number above n that is neither used nor reserved; it
// is empty when there is none.
func (m *members) nextFree(n int64) string {
	if !m.c.mayHint() {
		return ""
	}
	for n++; m.max < 0 || n <= m.max; n++ {
		if _, taken := m.numbers[n]; !taken && m.reservation(n) == nil {
			return fmt.Sprintf("the next free number is %d", n)
		}
	}
	return ""
}

func (m *members) reservation(n int64) *reservedRange {
	return findRange(m.ranges, n)
}

func findRange(ranges []reservedRange, n int64) *reservedRange {
	for i := range ranges {
		if r := &ranges[i]; r.From <= n && n <= r.To {
			return r
		}
	}
	return nil
}
