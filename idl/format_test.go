package idl

import "testing"

// TestFormatDesign checks the two files whose form is the canonical one.
func TestFormatDesign(t *testing.T) {
	for _, name := range []string{"storage.grid", "common.grid"} {
		src := design(t, name)
		if out, _ := Format(name, src); string(out) != string(src) {
			t.Errorf("%s changed:\n%s", name, unified(src, out))
		}
	}
}
