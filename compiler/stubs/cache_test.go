package stubs

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gridrpc/gridc/compiler/check"
	"github.com/gridrpc/gridc/compiler/emit"
	"github.com/gridrpc/gridc/compiler/gogen"
	"github.com/gridrpc/gridc/compiler/internal/lab"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/compiler/load"
)

// cached is a module in a folder of its own, with a cache.
type cached struct {
	*testing.T
	cache *Cache
}

func newCached(t *testing.T) *cached {
	t.Helper()
	c := &cached{T: t, cache: &Cache{Dir: filepath.Join(t.TempDir(), "cache"), Build: "one"}}
	t.Chdir(t.TempDir())
	c.write("go.mod", "module example.com/app\n")
	c.write("api/app.grid", "package app\n\nimport \"common.grid\"\n\nmessage A { c common.C = 1 }\n")
	c.write("api/common.grid", "package common\n\nmessage C { n int64 = 1 }\n")
	return c
}

func (c *cached) write(name, text string) {
	c.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		c.Fatal(err)
	}
	lab.Rewrite(c.T, name, text)
}

// gen does what `gridc gen api` does, and returns what it wrote.
func (c *cached) gen() []string {
	c.Helper()
	opts := gogen.Options{Cache: c.cache}
	s, ds, err := check.Load(load.Options{}, "api")
	if err != nil || s == nil {
		c.Fatalf("%v\n%s", err, lab.OneLines(ds))
	}
	outputs, err := gogen.Generate(s, opts)
	if err != nil {
		c.Fatal(err)
	}
	changed, err := Write(outputs)
	if err != nil {
		c.Fatal(err)
	}
	c.cache.Remember(s, outputs, opts, "api")
	return pathsOf(changed)
}

func (c *cached) unchanged() bool { return c.cache.Unchanged(gogen.Options{Cache: c.cache}, "api") }

// Whatever a run depends on makes it run again when it changes; nothing else does.
func TestUnchangedSeesEverything(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(c *cached)
		want   bool
	}{
		"nothing":            {func(*cached) {}, true},
		"a touched file":     {func(c *cached) { c.write("api/app.grid", lab.ReadTestFile(c.T, "api/app.grid")) }, true},
		"another file":       {func(c *cached) { c.write("api/notes.txt", "x") }, true},
		"a file":             {func(c *cached) { c.write("api/app.grid", "package app\n") }, false},
		"an imported file":   {func(c *cached) { c.write("api/common.grid", "package common\n\nmessage C { n int32 = 1 }\n") }, false},
		"a new file":         {func(c *cached) { c.write("api/sub/new.grid", "package fresh\n") }, false},
		"a file with errors": {func(c *cached) { c.write("api/app.grid", "package app\n\nmessage {\n") }, false},
		"the module":         {func(c *cached) { c.write("go.mod", "module example.com/other\n") }, false},
		"a module between":   {func(c *cached) { c.write("api/go.mod", "module example.com/other\n") }, false},
		"an edited stub":     {func(c *cached) { c.write("api/gen/app/types_grid.go", "// "+emit.Header+"\n\npackage app\n") }, false},
		"a lost stub":        {func(c *cached) { os.Remove("api/gen/app/types_grid.go") }, false},
		"an orphan":          {func(c *cached) { c.write("api/gen/app/old_grid.go", "// "+emit.Header+"\n\npackage app\n") }, false},
		"an abandoned folder": {func(c *cached) {
			c.write("api/gen/old/types_grid.go", "// "+emit.Header+"\n\npackage old\n")
		}, false},
		"a file of somebody's": {func(c *cached) { c.write("api/gen/app/types_grid.go", "package app\n") }, false},
		"a link": {func(c *cached) {
			os.Rename("api/gen", "elsewhere")
			os.Symlink("../elsewhere", "api/gen")
		}, false},
		"another build":     {func(c *cached) { c.cache.Build = "two" }, false},
		"a cut-off cache":   {func(c *cached) { c.damage(func(b []byte) []byte { return b[:len(b)/2] }) }, false},
		"a flipped bit":     {func(c *cached) { c.damage(func(b []byte) []byte { b[len(b)-1] ^= 1; return b }) }, false},
		"an emptied cache":  {func(c *cached) { os.RemoveAll(c.cache.Dir) }, false},
		"a cache of others": {func(c *cached) { c.damage(func([]byte) []byte { return []byte(strings.Repeat("x", 100)) }) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCached(t)
			if c.unchanged() {
				t.Fatal("nothing was generated yet, and yet it is unchanged")
			}
			c.gen()
			tc.change(c)
			if got := c.unchanged(); got != tc.want {
				t.Errorf("unchanged: %v, want %v", got, tc.want)
			}
		})
	}
}

// damage changes all entries of the cache.
func (c *cached) damage(change func([]byte) []byte) {
	c.Helper()
	files, err := filepath.Glob(filepath.Join(c.cache.Dir, "*-*"))
	if err != nil || len(files) < 3 {
		c.Fatalf("%d entries, %v", len(files), err)
	}
	for _, file := range files {
		lab.Rewrite(c.T, file, string(change([]byte(lab.ReadTestFile(c.T, file)))))
	}
}

// With the cache comes out what comes out without it, whatever is in it.
func TestCacheChangesNothing(t *testing.T) {
	c := newCached(t)
	for _, text := range []string{
		"package common\n\nmessage C { n int64 = 1 }\n",
		"package common\n\nmessage C { n int64 = 1\nagain C? = 2 }\n", // recursive now, which A must know
		"package common\n\n// C is commented.\n@go(name: \"See\")\nmessage C { n int64 = 1 }\n",
		"package common\n\nextern C = \"example.com/x.C\"\n",
		"package common\n\nmessage C { n int64 = 1 }\n", // as at first: from the cache
	} {
		c.write("api/common.grid", text)
		c.gen()
		got := c.stubs()
		if err := os.RemoveAll(c.cache.Dir); err != nil {
			t.Fatal(err)
		}
		c.gen()
		if want := c.stubs(); !slices.Equal(got, want) {
			t.Errorf("%s: with the cache\n%s\nwithout\n%s", text, got, want)
		}
	}
	c.damage(func(b []byte) []byte { return b[:len(b)-1] })
	if changed := c.gen(); len(changed) > 0 {
		t.Errorf("a damaged cache changed %v", changed)
	}
}

// stubs are all generated texts.
func (c *cached) stubs() []string {
	c.Helper()
	files, err := filepath.Glob("api/gen/*/*.go")
	if err != nil || len(files) == 0 {
		c.Fatalf("no stubs: %v", err)
	}
	var texts []string
	for _, file := range files {
		texts = append(texts, file+"\n"+lab.ReadTestFile(c.T, file))
	}
	return texts
}

// A package that did not change, nor anything below it, comes from the cache.
func TestUnchangedPackagesAreNotGenerated(t *testing.T) {
	c := newCached(t)
	c.gen()
	c.write("api/app.grid", "package app\n\nimport \"common.grid\"\n\nmessage B { c common.C = 1 }\n")
	s, _, err := check.Load(load.Options{}, "api")
	if err != nil {
		t.Fatal(err)
	}
	keys := c.cache.keys(s, map[*ir.Package]string{s.Packages[0]: "example.com/app/api/gen/common", s.Packages[1]: "example.com/app/api/gen/app"})
	for i, want := range []bool{true, false} {
		var files []cachedFile
		if got := c.cache.get(keys.key(s.Packages[i]), &files); got != want {
			t.Errorf("%s: cached %v, want %v", s.Packages[i].Name, got, want)
		}
	}
}

// Entries go when they are old, and no sooner.
func TestCachePrunes(t *testing.T) {
	c := newCached(t)
	c.gen()
	entries := func() int {
		files, err := filepath.Glob(filepath.Join(c.cache.Dir, "*-*"))
		if err != nil {
			t.Fatal(err)
		}
		return len(files)
	}
	before := entries()
	c.cache.prune(time.Now().Add(25 * time.Hour))
	if got := entries(); got != before || before < 3 {
		t.Errorf("%d of %d entries are left after a day", got, before)
	}
	c.cache.prune(time.Now().Add(cacheLife + 48*time.Hour))
	if got := entries(); got != 0 {
		t.Errorf("%d entries are left after weeks", got)
	}
}

// A cache that cannot be written is no trouble.
func TestCacheThatCannotBeWritten(t *testing.T) {
	c := newCached(t)
	c.write("file", "")
	c.cache.Dir = "file/cache"
	if changed := c.gen(); len(changed) == 0 || c.unchanged() {
		t.Errorf("changed %v", changed)
	}
}
