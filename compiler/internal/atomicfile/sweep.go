package atomicfile

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"time"
)

// A file is written under a temporary name and then renamed. A run that is killed
// in between leaves the temporary file; the next one that writes to the folder
// removes it, unless a process that lives holds its lock.

// tempName is a name that no other process has for the same file.
func tempName(name string) string {
	return fmt.Sprintf(".gridc-%s.%016x.tmp", name, rand.Uint64())
}

// tempPattern is what tempName makes, and nobody else.
var tempPattern = regexp.MustCompile(`^\.gridc-.+\.[0-9a-f]{16}\.tmp$`)

// IsTemp reports whether a file has a name that tempName makes.
func IsTemp(e fs.DirEntry) bool {
	return e.Type().IsRegular() && tempPattern.MatchString(e.Name())
}

// Sweep removes the temporary files that runs which were killed left in a folder.
// What cannot be removed stays: it is in nobody's way.
func Sweep(folder string) {
	root, err := os.OpenRoot(filepath.FromSlash(folder))
	if err != nil {
		return
	}
	defer root.Close()
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return
	}
	for _, e := range entries {
		if IsTemp(e) {
			RemoveAbandoned(root, e.Name())
		}
	}
}

// lockless is how old a temporary file is when it counts as abandoned where files
// cannot be locked. Writing one takes milliseconds.
const lockless = time.Hour

// RemoveAbandoned removes a temporary file unless a process that lives may be
// writing it.
func RemoveAbandoned(root *os.Root, name string) {
	f, err := root.Open(name)
	if err != nil {
		return
	}
	locked, known := tryLock(f)
	if !known {
		info, err := f.Stat()
		locked = err == nil && time.Since(info.ModTime()) > lockless
		_ = f.Close() // Windows removes no file that is open
	}
	if locked {
		_ = root.Remove(name) // or it stays
	}
	_ = f.Close()
}
