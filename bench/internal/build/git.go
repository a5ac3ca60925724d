package build

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// repository is the git repository that a folder is in.
type repository struct{ top string }

// commit is one of its commits.
type commit struct{ hash, short, date string }

func (c commit) String() string { return c.short + " of " + c.date }

func openRepository(ctx context.Context, dir string) (repository, error) {
	if _, err := exec.LookPath("git"); err != nil {
		return repository{}, fmt.Errorf("it takes git to look up an older version: %w", err)
	}
	top, err := run(ctx, dir, "git", "rev-parse", "--show-toplevel")
	if err != nil {
		return repository{}, fmt.Errorf("%s is in no git repository, so that there are no older versions: %w", dir, err)
	}
	return repository{strings.TrimSpace(top)}, nil
}

// commit finds what name means.
func (r repository) commit(ctx context.Context, name string) (commit, error) {
	if strings.HasPrefix(name, "-") { // git would take it for an option
		return commit{}, fmt.Errorf("%q is no name of a commit", name)
	}
	if _, err := run(ctx, r.top, "git", "rev-parse", "--verify", "--quiet", name+"^{commit}"); err != nil {
		return commit{}, fmt.Errorf("there is no commit %q in %s: name one that `git log` shows there, or fetch it first (a shallow clone has few)", name, r.top)
	}
	text, err := run(ctx, r.top, "git", "log", "-1", "--format=%H %h %cs", name)
	if err != nil {
		return commit{}, err
	}
	parts := strings.Fields(text)
	if len(parts) != 3 {
		return commit{}, fmt.Errorf("git describes commit %s as %q", name, text)
	}
	return commit{parts[0], parts[1], parts[2]}, nil
}

// checkout writes the files of a commit into a new folder. It leaves nothing in
// the repository, which `git worktree` would if this were killed.
func (r repository) checkout(ctx context.Context, c commit, folder string) error {
	index := []string{"GIT_INDEX_FILE=" + folder + ".index"}
	if _, err := runWith(ctx, r.top, index, "git", "read-tree", c.hash); err != nil {
		return err
	}
	_, err := runWith(ctx, r.top, index, "git", "checkout-index", "--all", "--prefix="+folder+string(filepath.Separator))
	return err
}
