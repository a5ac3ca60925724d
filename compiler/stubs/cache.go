package stubs

import (
	"bytes"
	"crypto/sha256"
	"encoding/gob"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gridrpc/gridc/compiler/internal/atomicfile"
)

// Cache remembers what was generated from what, so that the same is not
// generated again. Everything in it can be deleted at any time, and nothing that
// goes wrong with it is an error: then the work is done again.
type Cache struct {
	// Dir is the folder that holds it, made when there is something to keep.
	Dir string
	// Build tells this build of the generator from all others, which may
	// generate something else.
	Build string
}

// cacheLife is how long an entry is kept.
const cacheLife = 14 * 24 * time.Hour

// cacheKey names an entry by all that it depends on.
func (c *Cache) cacheKey(kind string, parts ...string) string {
	h := sha256.New()
	for _, part := range append([]string{c.Build}, parts...) {
		sum := sha256.Sum256([]byte(part)) // of one length, so that parts cannot run together
		h.Write(sum[:])
	}
	return kind + "-" + hex.EncodeToString(h.Sum(nil)[:16])
}

// get reads an entry into value, and reports whether it is there and whole.
func (c *Cache) get(key string, value any) bool {
	if c == nil {
		return false
	}
	data, err := os.ReadFile(filepath.Join(c.Dir, key))
	if err != nil || len(data) < sha256.Size {
		return false
	}
	sum := sha256.Sum256(data[sha256.Size:])
	if !bytes.Equal(sum[:], data[:sha256.Size]) {
		return false
	}
	return gob.NewDecoder(bytes.NewReader(data[sha256.Size:])).Decode(value) == nil
}

// put writes an entry at once: whoever reads it sees all of it or nothing.
func (c *Cache) put(key string, value any) {
	if c == nil {
		return
	}
	var b bytes.Buffer
	b.Write(make([]byte, sha256.Size))
	if err := gob.NewEncoder(&b).Encode(value); err != nil {
		return
	}
	data := b.Bytes()
	sum := sha256.Sum256(data[sha256.Size:])
	copy(data, sum[:])
	_ = c.write(key, data) // without it the work is done again
}

func (c *Cache) write(key string, data []byte) error {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return err
	}
	root, err := os.OpenRoot(c.Dir)
	if err != nil {
		return err
	}
	defer root.Close()
	return atomicfile.ReplaceIn(root, key, data, 0o600)
}

// prune removes what is old, at most once a day.
func (c *Cache) prune(now time.Time) {
	stamp := filepath.Join(c.Dir, "pruned")
	if info, err := os.Stat(stamp); err == nil && now.Sub(info.ModTime()) < 24*time.Hour {
		return
	}
	entries, err := os.ReadDir(c.Dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && e.Type()&fs.ModeType == 0 && now.Sub(info.ModTime()) > cacheLife {
			_ = os.Remove(filepath.Join(c.Dir, e.Name())) // the next day will do as well
		}
	}
	_ = os.WriteFile(stamp, nil, 0o600)
}
