package text

import "slices"

// Change is one edit of a document; without a Range it replaces all of it.
type Change struct {
	Range *Range `json:"range"`
	Text  string `json:"text"`
}

// Edit returns the text after the changes, each of which is about what the ones before
// it left. The text itself stays as it is.
func (t *Text) Edit(changes ...Change) *Text {
	for _, c := range changes {
		if c.Range == nil {
			t = New([]byte(c.Text))
			continue
		}
		from := t.Offset(c.Range.Start)
		to := max(from, t.Offset(c.Range.End))
		t = New(slices.Concat(t.content[:from], []byte(c.Text), t.content[to:]))
	}
	return t
}
