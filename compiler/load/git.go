package load

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// ErrNoRef is the error for a ref that the repository does not have.
var ErrNoRef = errors.New("no such ref")

// OpenGitTree finds the repository that holds a file, wherever gridc was started,
// and the commit of the ref (a branch, a tag, a commit). Files are read from git's own
// store, so that the work tree does not matter and stays as it is; submodules at the
// commit that the ref has for them, if they are checked out. Paths mean what they mean
// in the work tree: they may be relative to any folder of the repository.
func OpenGitTree(ref, file string) (*GitTree, error) {
	if _, err := exec.LookPath("git"); err != nil {
		return nil, fmt.Errorf("git is needed to read %s: %w", ref, err)
	}
	run, root, err := findRepository(existingFolder(file))
	if err != nil {
		return nil, fmt.Errorf("%s is not in a git repository: %w; compare with a folder of older files, or a file of `gridc ir`", file, err)
	}
	commit, err := run(root, "rev-parse", "--verify", "--quiet", "--end-of-options", ref+"^{commit}")
	if err != nil || strings.HasPrefix(string(commit), "^") { // a ref that is left out is none
		return nil, fmt.Errorf("%w in %s: %s; %s", ErrNoRef, root, ref, fetchHint(run, root))
	}
	if err := oneMeaning(run, root, ref); err != nil {
		return nil, err
	}
	return newGitTree(run, root, strings.TrimSpace(string(commit))), nil
}

// ErrAmbiguous is the error for a name that several refs have.
var ErrAmbiguous = errors.New("the ref is ambiguous")

// oneMeaning fails for a name that refs at different commits have, as a branch and a
// tag: git takes one of them, and what the other has would pass for compared.
func oneMeaning(run gitRunner, root, ref string) error {
	var names, commits []string
	for _, kind := range []string{"", "tags/", "heads/", "remotes/"} {
		commit, err := run(root, "rev-parse", "--verify", "--quiet", "--end-of-options", "refs/"+kind+ref+"^{commit}")
		if err == nil && !slices.Contains(commits, string(commit)) {
			names, commits = append(names, kind+ref), append(commits, string(commit))
		}
	}
	if len(names) < 2 {
		return nil
	}
	return fmt.Errorf("%w: %s may be any of %s; write which", ErrAmbiguous, ref, strings.Join(names, ", "))
}

// fetchHint says what to do about a ref that is not there.
func fetchHint(run gitRunner, root string) string {
	if out, err := run(root, "rev-parse", "--is-shallow-repository"); err == nil && strings.TrimSpace(string(out)) == "true" {
		return "this is a shallow clone: fetch the ref first, as with `git fetch --depth=1 origin main`"
	}
	return "fetch it first, or name a branch, a tag or a commit that is here"
}

// gitRunner runs git in a folder and returns what it prints.
type gitRunner func(folder string, args ...string) ([]byte, error)

// findRepository returns the root of the work tree that holds a folder, without
// links, and what runs git in it.
//
// A hook of git is told in its environment which repository it belongs to, in
// ways that make git take any folder for the top of that one. So the repository
// is looked for from the folder, as if nothing had been told. Only where there is
// none, as for files that a repository in another place keeps, are GIT_DIR and
// GIT_WORK_TREE heard.
func findRepository(folder string) (gitRunner, string, error) {
	clean := runGit(withoutRepository(os.Environ()))
	root, err := topLevel(clean, folder)
	if err == nil || os.Getenv("GIT_DIR") == "" || os.Getenv("GIT_WORK_TREE") == "" {
		return clean, root, err
	}
	told := runGit(os.Environ())
	if root, toldErr := topLevel(told, folder); toldErr == nil {
		return told, root, nil
	}
	return nil, "", err
}

func topLevel(run gitRunner, folder string) (string, error) {
	top, err := run(folder, "rev-parse", "--show-toplevel")
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(strings.TrimRight(string(top), "\r\n"))
}

// repositoryVariables tell git where a repository is and what is in it. It is the
// list of `git rev-parse --local-env-vars`, without the variables that only set
// options, and with what a hook gets besides.
var repositoryVariables = []string{
	"GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_DIR", "GIT_GRAFT_FILE", "GIT_IMPLICIT_WORK_TREE",
	"GIT_INDEX_FILE", "GIT_INTERNAL_SUPER_PREFIX", "GIT_NAMESPACE", "GIT_NO_REPLACE_OBJECTS", "GIT_OBJECT_DIRECTORY",
	"GIT_PREFIX", "GIT_QUARANTINE_PATH", "GIT_REPLACE_REF_BASE", "GIT_SHALLOW_FILE", "GIT_WORK_TREE",
}

func withoutRepository(environ []string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return slices.Contains(repositoryVariables, name)
	})
}

func runGit(environ []string) gitRunner {
	environ = append(slices.Clone(environ), "LC_ALL=C", "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0")
	return func(folder string, args ...string) ([]byte, error) {
		cmd := exec.Command("git", append([]string{"-C", folder}, args...)...)
		cmd.Env = environ
		out, err := cmd.Output()
		if exit, ok := errors.AsType[*exec.ExitError](err); ok && len(exit.Stderr) > 0 {
			line, _, _ := bytes.Cut(bytes.TrimSpace(exit.Stderr), []byte("\n"))
			return nil, fmt.Errorf("git %s: %s", args[0], line)
		} else if err != nil {
			return nil, fmt.Errorf("git %s: %w", args[0], err)
		}
		return out, nil
	}
}

// existingFolder is the nearest folder above a file that is there now.
func existingFolder(file string) string {
	dir := filepath.FromSlash(file)
	for {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "."
		}
		dir = parent
	}
}
