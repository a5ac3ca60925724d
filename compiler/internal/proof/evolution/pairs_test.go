package evolution

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gridrpc/gridc/compiler"
	"github.com/gridrpc/gridc/compiler/internal/lab"
	"github.com/gridrpc/gridc/runtime/schema"
)

var (
	pairs = flag.Int("pairs", 1000, "how many pairs of schemas to try")
	seed  = flag.Uint64("seed", 1, "where the random pairs begin")
)

// pair is two revisions of a schema.
type pair struct {
	seed     uint64
	old, new *side
	rules    []string // that the edits call for
	edits    []string
}

// side is one revision in all its forms.
type side struct {
	model  *model
	files  lab.Memory
	schema *compiler.Schema
	table  *schema.Table
	who    *meanings
}

// newSide compiles a model, or reports that it does not compile.
func newSide(m *model) (*side, error) {
	s := &side{model: m, files: m.files()}
	loaded, ds, err := compiler.Load(s.files.Options(), ".")
	if err != nil {
		return nil, err
	}
	if loaded == nil {
		return nil, fmt.Errorf("%s", compiler.OneLine(ds[0]))
	}
	s.schema = loaded
	for _, p := range loaded.Packages {
		if len(p.Services) > 0 {
			s.table = compiler.Lower(p)
		}
	}
	s.who = meaningsOf(m, s.table)
	return s, nil
}

// String is the text of all files.
func (s *side) String() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(s.files)) {
		fmt.Fprintf(&b, "== %s\n%s", name, s.files[name])
	}
	return b.String()
}

// newPair makes a random pair: mostly of one edit, which is all that differs.
func newPair(t testing.TB, seed uint64) *pair {
	r := rand.New(rand.NewPCG(seed, 0))
	n := 1
	if r.IntN(4) == 0 {
		n = 2 + r.IntN(2)
	}
	first := &edits[seed%uint64(len(edits))] // so that each edit has its turn
	for range 50 {
		old, err := newSide(random(r))
		if err != nil {
			t.Fatalf("seed %d: the older schema does not compile: %v", seed, err)
		}
		for range 5 {
			m, rules, names := edited(r, old.model, n, first)
			// An edit may make a message contain itself, or spoil the edit before.
			if new, err := newSide(m); err == nil && names[0] == first.name {
				return &pair{seed, old, new, rules, names}
			}
		}
	}
	t.Fatalf("seed %d: no schema is fit for %q", seed, first.name)
	return nil
}

func (p *pair) String() string {
	return fmt.Sprintf("seed %d (%s)", p.seed, strings.Join(p.edits, ", "))
}

// tally is what the proof has seen.
type tally struct {
	sync.Mutex
	pairs, values, broken int
	said                  int // directions of slots that the review says something of
	edits                 map[string]int
}

// TestVerdicts is the proof: for random pairs, the review names the rules that
// the edits call for; where it says nothing of a direction, everything that one
// revision writes arrives at the other; and where it says something, some value
// shows it.
func TestVerdicts(t *testing.T) {
	const shards = 4
	seen := tally{edits: map[string]int{}}
	t.Run("pairs", func(t *testing.T) {
		for shard := range shards {
			t.Run(fmt.Sprint(shard), func(t *testing.T) {
				t.Parallel()
				for n := shard; n < *pairs && !t.Failed(); n += shards {
					newPair(t, *seed+uint64(n)).prove(t, &seen)
				}
			})
		}
	})
	t.Logf("%d pairs; of %d values %d broke; the review spoke of %d directions", seen.pairs, seen.values, seen.broken, seen.said)
	for _, e := range edits {
		if *pairs >= 1000 && seen.edits[e.name] == 0 {
			t.Errorf("%q was never tried", e.name)
		}
	}
}

// prove checks one pair.
func (p *pair) prove(t *testing.T, seen *tally) {
	p.checkRules(t)
	all := p.observe()
	for _, w := range all {
		w.check(t, p)
	}
	if t.Failed() {
		t.Logf("old:\n%s\nnew:\n%s", p.old, p.new)
	}
	seen.Lock()
	defer seen.Unlock()
	seen.pairs++
	for _, w := range all {
		seen.values += w.values
		seen.broken += w.broken
		if w.fails || w.risks {
			seen.said++
		}
	}
	for _, e := range p.edits {
		seen.edits[e]++
	}
}

// checkRules compares the rules of a pair of one edit: they are exactly known.
func (p *pair) checkRules(t *testing.T) {
	if len(p.edits) > 1 {
		return
	}
	var got []string
	for _, c := range compiler.Breaking(p.old.schema, p.new.schema, schema.Wire) {
		got = append(got, c.ID)
	}
	slices.Sort(got)
	if got := slices.Compact(got); !slices.Equal(got, p.rules) {
		t.Errorf("%v: got %q, want %q", p, got, p.rules)
	}
}
