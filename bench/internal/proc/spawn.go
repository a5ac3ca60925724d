package proc

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/gridrpc/gridc/bench/internal/load"
	"github.com/gridrpc/gridc/bench/internal/peer"
)

// patience is how much longer than its time a measurement may take before it is
// ended: a peer that hangs must not hang the run.
const patience = 2 * time.Minute

// Spawn does a job in a fresh process. profiles, if not empty, is a folder that
// gets a CPU profile of it.
func Spawn(ctx context.Context, job Job, profiles string) (load.Metrics, error) {
	if profiles != "" {
		name := strings.ReplaceAll(job.Peer+"_"+job.Cell.String(), "/", "_")
		job.Profile = filepath.Join(profiles, name+".pprof")
	}
	text, err := json.Marshal(job)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, job.Cell.Time+patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, self, measureRole, string(text))
	var errs bytes.Buffer
	cmd.Stderr = &errs
	cmd.Env = environment(job.Cell)
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s, %s: %w: %s", job.Peer, job.Cell, err, firstLine(errs.String()))
	}
	var m load.Metrics
	return m, json.Unmarshal(out, &m)
}

// environment says the same to both processes of a cell.
func environment(c load.Cell) []string {
	env := os.Environ()
	if c.Procs > 0 {
		env = append(env, fmt.Sprint("GOMAXPROCS=", c.Procs))
	}
	if c.Beyond {
		env = append(env, peer.BeyondLimits+"=1")
	}
	return env
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}
