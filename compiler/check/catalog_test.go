package check_test

import (
	"testing"

	"github.com/gridrpc/gridc/compiler/check"
)

// Whoever meets an annotation in an editor is told what it does.
func TestAnnotationsHaveAMeaning(t *testing.T) {
	for _, a := range check.Annotations() {
		if a.Meaning == "" || a.Usage == "" || a.Where == "" {
			t.Errorf("@%s: %+v", a.Name, a)
		}
	}
}
