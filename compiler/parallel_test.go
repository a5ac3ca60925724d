package compiler

import (
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
)

func TestEachDoesEverythingOnce(t *testing.T) {
	for _, procs := range []int{1, 4} {
		for _, n := range []int{0, 1, 3, 100} {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
			done := make([]atomic.Int32, n)
			each(n, func(i int) { done[i].Add(1) })
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
	each(50, func(i int) {
		if i == 20 {
			panic("lost")
		}
	})
}

// What comes out does not depend on how many processors there are.
func TestParallelIsDeterministic(t *testing.T) {
	files := corpus(20)
	t.Chdir(t.TempDir())
	rewrite(t, "go.mod", "module example.com/app\n")
	var first []Output
	for _, procs := range []int{1, 2, 8} {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		s, ds, err := Load(files.options(), "svc")
		if err != nil || s == nil {
			t.Fatalf("%v\n%s", err, oneLines(ds))
		}
		outputs, err := Generate(s, GenOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = outputs
		}
		if !slices.EqualFunc(first, outputs, func(a, b Output) bool { return a.Path == b.Path && string(a.Content) == string(b.Content) }) {
			t.Errorf("%d processors give something else than one", procs)
		}
	}
	files["svc/f005.grid"] += "message Broken { a strin = 1 }\n"
	files["svc/f015.grid"] += "message Broken { a strin = 1\n"
	var want string
	for _, procs := range []int{1, 8} {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		_, ds, err := Load(files.options(), "svc")
		if err != nil || len(ds) == 0 {
			t.Fatalf("%v, %d diagnostics", err, len(ds))
		}
		if want == "" {
			want = oneLines(ds)
		}
		if got := oneLines(ds); got != want {
			t.Errorf("%d processors:\n%s\nwant:\n%s", procs, got, want)
		}
	}
}
