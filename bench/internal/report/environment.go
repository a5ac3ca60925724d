package report

import (
	"bytes"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gridrpc/gridc/bench/internal/peer"
)

// Environment is where and how something was measured.
type Environment struct {
	Date      string            `json:"date"`
	Command   string            `json:"command"`
	Go        string            `json:"go"`
	System    string            `json:"system"`
	Processor string            `json:"processor"`
	CPUs      int               `json:"cpus"`
	Commit    string            `json:"commit"`
	Versions  map[string]string `json:"versions"`
	// LoadBefore and LoadAfter are the load averages of one minute; what others
	// do on the machine is noise in every figure.
	LoadBefore string `json:"load_before"`
	LoadAfter  string `json:"load_after"`
}

// NewEnvironment describes this machine and this binary.
func NewEnvironment(command string) Environment {
	return Environment{
		Date: time.Now().UTC().Format(time.DateTime), Command: command,
		Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH + kernel(),
		Processor: processor(), CPUs: runtime.NumCPU(), Commit: commit(),
		Versions: versions(), LoadBefore: loadAverage(),
	}
}

// Finish notes the load at the end.
func (e *Environment) Finish() { e.LoadAfter = loadAverage() }

func kernel() string {
	text, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return ""
	}
	release, _, _ := strings.Cut(strings.TrimSpace(string(text)), "-")
	return " " + release
}

func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	for line := range bytes.Lines(text) {
		if name, value, ok := strings.Cut(string(line), ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// commit is that of the work tree, which has the runtime that is measured; there
// may be none.
func commit() string {
	out, err := exec.Command("git", "describe", "--always", "--dirty").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
}

// versions are those that are linked into this binary.
func versions() map[string]string {
	linked := map[string]string{"std": runtime.Version()}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			linked[m.Path] = m.Version
			if m.Replace != nil {
				linked[m.Path] = "this tree"
			}
		}
	}
	all := map[string]string{}
	for _, p := range peer.All() {
		all[p.Name] = linked[p.Module]
	}
	return all
}
