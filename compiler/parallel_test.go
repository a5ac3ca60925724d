package compiler

import (
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/gridrpc/gridc/compiler/emit"
	"github.com/gridrpc/gridc/compiler/gogen"
	"github.com/gridrpc/gridc/compiler/internal/lab"
	"github.com/gridrpc/gridc/compiler/internal/parallel"
)

func TestEachDoesEverythingOnce(t *testing.T) {
	for _, procs := range []int{1, 4} {
		for _, n := range []int{0, 1, 3, 100} {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
			done := make([]atomic.Int32, n)
			parallel.Each(n, func(i int) { done[i].Add(1) })
			for i := range done {
				if got := done[i].Load(); got != 1 {
					t.Errorf("%d processors: %d of %d was done %d times", procs, i, n, got)
				}
			}
		}
	}
}

// A fault in one of many reaches whoever reports faults.
func TestEachPassesPanicsOn(t *testing.T) {
	defer func() {
		if got := fmt.Sprint(recover()); got != "lost" {
			t.Errorf("recovered %s", got)
		}
	}()
	parallel.Each(50, func(i int) {
		if i == 20 {
			panic("lost")
		}
	})
}

// What comes out does not depend on how many processors there are.
func TestParallelIsDeterministic(t *testing.T) {
	files := lab.Corpus(20)
	t.Chdir(t.TempDir())
	lab.Rewrite(t, "go.mod", "module example.com/app\n")
	var first []emit.Output
	for _, procs := range []int{1, 2, 8} {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		s, ds, err := Load(files.Options(), "svc")
		if err != nil || s == nil {
			t.Fatalf("%v\n%s", err, lab.OneLines(ds))
		}
		outputs, err := gogen.Generate(s, gogen.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = outputs
		}
		if !slices.EqualFunc(first, outputs, func(a, b emit.Output) bool { return a.Path == b.Path && string(a.Content) == string(b.Content) }) {
			t.Errorf("%d processors give something else than one", procs)
		}
	}
	files["svc/f005.grid"] += "message Broken { a strin = 1 }\n"
	files["svc/f015.grid"] += "message Broken { a strin = 1\n"
	var want string
	for _, procs := range []int{1, 8} {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		_, ds, err := Load(files.Options(), "svc")
		if err != nil || len(ds) == 0 {
			t.Fatalf("%v, %d diagnostics", err, len(ds))
		}
		if want == "" {
			want = lab.OneLines(ds)
		}
		if got := lab.OneLines(ds); got != want {
			t.Errorf("%d processors:\n%s\nwant:\n%s", procs, got, want)
		}
	}
}
