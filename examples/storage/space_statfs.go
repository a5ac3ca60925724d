//go:build linux || darwin

package main

import "syscall"

// space is what the file system below a folder says about itself, in bytes.
type space struct {
	total uint64
	free  uint64 // for users without privileges
}

// spaceOf asks the file system that holds dir.
func spaceOf(dir string) (space, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return space{}, err
	}
	block := uint64(st.Bsize)
	return space{total: st.Blocks * block, free: st.Bavail * block}, nil
}
