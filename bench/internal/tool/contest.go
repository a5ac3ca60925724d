package tool

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gridrpc/gridc/bench/internal/report"
)

// contestRounds is how often everything is timed.
const contestRounds = 5

// entry is one command that does a piece of work.
type entry struct {
	work    string        // what it does; entries of the same work are compared
	goal    time.Duration // of gridc; 0 for others
	dir     string
	command []string
	env     []string
	fresh   string // a folder that is moved away before each run
	out     string // a folder that holds a file of code for each schema afterwards
}

// Contest times gridc and what it is compared with, in fresh processes that take
// turns. Where the others cannot be installed in the folder cache, gridc is alone,
// and the report says why. It runs in the folder of this module.
func Contest(ctx context.Context, cache string, progress io.Writer) (c report.Contest, err error) {
	err = inFolder(ctx, func(gridc, work string) error {
		entries, err := gridEntries(gridc, filepath.Join(work, "grid"))
		if err != nil {
			return err
		}
		searchPath, err := installOthers(ctx, cache, progress)
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			c.LeftOut = err.Error()
		} else {
			more, err := bufEntries(searchPath, filepath.Join(work, "proto"))
			if err != nil {
				return err
			}
			entries = append(entries, more...)
			c.Versions = map[string]string{}
			for _, p := range others {
				c.Versions[p.name()] = p.version
			}
		}
		c.Entries, err = run(ctx, entries, contestRounds)
		return err
	})
	return c, err
}

// The pieces of work.
const (
	generateCold = "100 files, nothing there"
	generateWarm = "100 files, nothing changed"
	lintOne      = "lint of one file"
)

func gridEntries(gridc, dir string) ([]entry, error) {
	if err := writeCorpus(dir, files, 9); err != nil {
		return nil, err
	}
	cache := "GRIDC_CACHE=" + filepath.Join(dir, "cache")
	cold, warm := filepath.Join(dir, "cold"), filepath.Join(dir, "warm")
	return []entry{
		{generateCold, time.Second, dir, []string{gridc, "gen", "--out", "cold", "."}, []string{"GRIDC_CACHE=off"}, cold, cold},
		{generateWarm, 100 * time.Millisecond, dir, []string{gridc, "gen", "--out", "warm", "."}, []string{cache}, "", warm},
		{lintOne, 30 * time.Millisecond, dir, []string{gridc, "lint", "file0.grid"}, []string{cache}, "", ""},
	}, nil
}

// bufEntries has buf generate with and without services: protoc-gen-go leaves
// them out, while gridc generates them.
func bufEntries(searchPath, dir string) ([]entry, error) {
	if err := writeProtoCorpus(dir, files, 9); err != nil {
		return nil, err
	}
	buf := filepath.Join(filepath.SplitList(searchPath)[0], "buf")
	env := []string{
		"PATH=" + searchPath + string(filepath.ListSeparator) + os.Getenv("PATH"),
		"BUF_CACHE_DIR=" + filepath.Join(filepath.Dir(dir), "bufcache"),
	}
	var entries []entry
	for _, plugins := range [][]string{{"protoc-gen-go"}, {"protoc-gen-go", "protoc-gen-go-grpc"}} {
		name := strings.Join(plugins, "+")
		template := filepath.Join(filepath.Dir(dir), name+".yaml")
		if err := os.WriteFile(template, []byte(bufTemplate(plugins...)), 0o644); err != nil {
			return nil, err
		}
		// Beside the module, not in it: buf looks at all that is in it.
		cold, warm := filepath.Join(filepath.Dir(dir), "cold-"+name), filepath.Join(filepath.Dir(dir), "warm-"+name)
		entries = append(entries,
			entry{work: generateCold, dir: dir, env: env, fresh: cold, out: cold, command: []string{buf, "generate", "--template", template, "-o", cold}},
			entry{work: generateWarm, dir: dir, env: env, out: warm, command: []string{buf, "generate", "--template", template, "-o", warm}},
		)
	}
	return append(entries, entry{work: lintOne, dir: dir, env: env, command: []string{buf, "lint", "--path", protoFile(0)}}), nil
}

// run times all entries in rounds, another one first each time, after a round
// that does not count: what is compared with what is there needs it to be there.
func run(ctx context.Context, entries []entry, rounds int) ([]report.Entry, error) {
	all := make([]report.Entry, len(entries))
	for i, e := range entries {
		all[i] = report.Entry{Work: e.work, Command: e.title(), Goal: e.goal}
	}
	for round := range rounds + 1 {
		for i := range entries {
			i = (i + round) % len(entries)
			took, cpu, err := entries[i].time(ctx)
			if err == nil {
				all[i].Written, err = entries[i].written()
			}
			if err != nil {
				return nil, err
			}
			if round > 0 {
				all[i].Times, all[i].CPU = append(all[i].Times, took), append(all[i].CPU, cpu)
			}
		}
	}
	return all, nil
}

// time runs the command once.
func (e entry) time(ctx context.Context) (took, cpu time.Duration, err error) {
	if e.fresh != "" {
		if err := setAside(e.fresh, filepath.Dir(e.dir)); err != nil {
			return 0, 0, err
		}
	}
	if e.out != "" {
		if err := os.MkdirAll(e.out, 0o755); err != nil {
			return 0, 0, err
		}
	}
	return used(ctx, e.dir, e.env, e.command[0], e.command[1:]...)
}

// written checks that the command did what it was to do, and returns how many
// bytes of Go there are.
func (e entry) written() (bytes int64, err error) {
	if e.out == "" {
		return 0, nil
	}
	n := 0
	err = filepath.WalkDir(e.out, func(path string, file os.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" {
			return err
		}
		info, err := file.Info()
		if err != nil {
			return err
		}
		n, bytes = n+1, bytes+info.Size()
		return nil
	})
	if err == nil && n < files {
		err = fmt.Errorf("%s wrote %d files of Go for %d schemas", e.title(), n, files)
	}
	return bytes, err
}

// title is the command as a person would give it.
func (e entry) title() string {
	title := filepath.Base(e.command[0]) + " " + e.command[1]
	for i, arg := range e.command {
		if arg == "--template" {
			title += ", " + strings.TrimSuffix(filepath.Base(e.command[i+1]), ".yaml")
		}
	}
	return title
}
