package parallel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Each calls f with 0 to n-1, on as many processors as there are, and returns
// when all calls have. A panic in one of them is passed on.
func Each(n int, f func(i int)) {
	workers := min(runtime.GOMAXPROCS(0), n)
	if workers <= 1 {
		for i := range n {
			f(i)
		}
		return
	}
	var next atomic.Int64
	var caught atomic.Pointer[any]
	var done sync.WaitGroup
	for range workers {
		done.Go(func() {
			defer func() {
				if v := recover(); v != nil {
					caught.CompareAndSwap(nil, &v)
				}
			}()
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				f(int(i)) // fits: less than n
			}
		})
	}
	done.Wait()
	if v := caught.Load(); v != nil {
		panic(*v)
	}
}
