package gridc_test

import (
	"testing"

	"github.com/gridrpc/gridc/compiler"
)

// The builds that meet in runtime/internal/trial/typed/versions_test.go are what the compiler makes of
// their .grid files today. When this fails, run `go run ./cmd/gridc gen` with the
// file that is named.
func TestVersionsAreFresh(t *testing.T) {
	for _, version := range []string{"v1", "v2", "v3"} {
		path := "runtime/internal/versions/" + version + "/shop.grid"
		stale, err := compiler.Check(outputs(t, "", path))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range stale {
			t.Errorf("%s: %s is %s\n%s", path, s.Path, s.Kind, s.Diff)
		}
	}
}
