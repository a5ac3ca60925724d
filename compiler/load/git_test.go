package load

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Git knows which variables tell where a repository is. Those that set options are
// the user's, and stay.
func TestNoVariableTellsWhereTheRepositoryIs(t *testing.T) {
	out, err := exec.Command("git", "rev-parse", "--local-env-vars").Output()
	if err != nil {
		t.Skip("git is not installed")
	}
	for name := range strings.FieldsSeq(string(out)) {
		if isOption := strings.HasPrefix(name, "GIT_CONFIG"); isOption == slices.Contains(repositoryVariables, name) {
			t.Errorf("%s is taken away: %v", name, !isOption)
		}
	}
	got := withoutRepository([]string{"HOME=/", "GIT_DIR=x", "GIT_DIRT=x", "GIT_INDEX_FILE=", "GIT_AUTHOR_NAME=dev"})
	if want := []string{"HOME=/", "GIT_DIRT=x", "GIT_AUTHOR_NAME=dev"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
