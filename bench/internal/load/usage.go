package load

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"time"
)

// Usage is what a process has used so far and holds now.
type Usage struct {
	CPU        time.Duration
	Mallocs    uint64
	Bytes      uint64 // allocated so far
	Syscalls   uint64 // that read or write, as the kernel counts them
	Held       uint64 // heap in use, and stacks
	Goroutines int
}

// ReadUsage reads the usage of this process. collected asks for what is held
// after everything that is garbage is gone.
func ReadUsage(collected bool) (Usage, error) {
	if collected {
		for range 3 { // a sync.Pool lets go at the second
			runtime.GC()
		}
	}
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return Usage{}, err
	}
	return Usage{
		CPU:        time.Duration(used.Utime.Nano() + used.Stime.Nano()),
		Mallocs:    mem.Mallocs,
		Bytes:      mem.TotalAlloc,
		Syscalls:   readSyscalls(),
		Held:       mem.HeapAlloc + mem.StackInuse,
		Goroutines: runtime.NumGoroutine(),
	}, nil
}

// readSyscalls is 0 where the kernel does not tell.
func readSyscalls() uint64 {
	text, err := os.ReadFile("/proc/self/io")
	if err != nil {
		return 0
	}
	var sum uint64
	for line := range bytes.Lines(text) {
		var name string
		var n uint64
		if _, err := fmt.Sscanf(string(line), "%s %d", &name, &n); err == nil && (name == "syscr:" || name == "syscw:") {
			sum += n
		}
	}
	return sum
}

// since is what was used after before; what is held is a difference too.
func (u Usage) since(before Usage) Usage {
	return Usage{
		CPU:        u.CPU - before.CPU,
		Mallocs:    u.Mallocs - before.Mallocs,
		Bytes:      u.Bytes - before.Bytes,
		Syscalls:   u.Syscalls - before.Syscalls,
		Held:       u.Held - min(u.Held, before.Held),
		Goroutines: u.Goroutines - before.Goroutines,
	}
}

func (u Usage) plus(v Usage) Usage {
	return Usage{
		CPU: u.CPU + v.CPU, Mallocs: u.Mallocs + v.Mallocs, Bytes: u.Bytes + v.Bytes,
		Syscalls: u.Syscalls + v.Syscalls, Held: u.Held + v.Held, Goroutines: u.Goroutines + v.Goroutines,
	}
}

// perCall adds what each of n calls used.
func (u Usage) perCall(m Metrics, n float64) {
	m[CPU] = float64(u.CPU.Nanoseconds()) / 1e3 / n
	m[Allocs] = float64(u.Mallocs) / n
	m[AllocBytes] = float64(u.Bytes) / n
	m[Syscalls] = float64(u.Syscalls) / n
}
