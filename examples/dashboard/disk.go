package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/gridrpc/gridc/examples/dashboard/gen/disks"
)

// disk is a folder. It is offline while the folder is not there.
type disk struct {
	name, folder string
	writes       atomic.Uint64
}

// mostFiles is how many files a disk has, once it has been written to for a while.
const mostFiles = 40

func newDisk(folder, name string) (*disk, error) {
	d := &disk{name: name, folder: filepath.Join(folder, name)}
	return d, os.MkdirAll(d.folder, 0o755)
}

// write writes one file, as a storage node is asked to all the time.
func (d *disk) write() {
	file := filepath.Join(d.folder, fmt.Sprintf("object-%02d", rand.N(mostFiles)))
	if os.WriteFile(file, make([]byte, rand.N(64<<10)), 0o644) == nil {
		d.writes.Add(1)
	}
}

// look finds out what is on the disk.
func (d *disk) look() disks.Disk {
	now := disks.Disk{Name: d.name, State: disks.StateOnline, Writes: d.writes.Load()}
	entries, err := os.ReadDir(d.folder)
	if err != nil {
		now.State, now.Problem = disks.StateOffline, err.Error()
		return now
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			now.Files++
			now.Bytes += uint64(max(0, info.Size()))
		}
	}
	return now
}

// pull moves the folder away, or back.
func (d *disk) pull(back bool) error {
	away := d.folder + ".pulled"
	if back {
		return os.Rename(away, d.folder)
	}
	return os.Rename(d.folder, away)
}
