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

// Spawner starts measuring processes. The zero value is ready for use.
type Spawner struct {
	// Programs are the measuring programs by the commit of gridc that they were
	// built with, which take turns from round to round: they have other layouts. "" is this
	// build; this process's own program where it is missing.
	Programs map[string][]string
	// Profiles, if not empty, is a folder that gets a CPU profile of each job.
	Profiles string
}

// Spawn does a job in a fresh process.
func (s Spawner) Spawn(ctx context.Context, job Job) (load.Metrics, error) {
	if s.Profiles != "" {
		name := strings.ReplaceAll(job.Peer+"_"+job.Cell.String(), "/", "_")
		job.Profile = filepath.Join(s.Profiles, name+".pprof")
	}
	text, err := json.Marshal(job)
	if err != nil {
		return nil, err
	}
	program, err := s.program(job.Peer, job.Round)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, job.Cell.Time+patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, measureRole, string(text))
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

// program is the binary that measures a peer in a round.
func (s Spawner) program(name string, round int) (string, error) {
	_, commit := peer.Version(name)
	if paths := s.Programs[commit]; len(paths) > 0 {
		return paths[round/2%len(paths)], nil // each layout twice: of two peers, each is first once
	}
	if commit != "" {
		return "", fmt.Errorf("%s: no program was built with gridc at %s", name, commit)
	}
	return os.Executable()
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
