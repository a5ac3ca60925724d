package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// replaceFile gives a file new content in one step, so that nobody ever reads
// half of it, and keeps its mode. A link stays: what it leads to is replaced.
func replaceFile(path string, content []byte) error {
	if err := replaceAtOnce(path, content); err != nil {
		return fmt.Errorf("cannot rewrite %s: %w", path, err)
	}
	return nil
}

func replaceAtOnce(path string, content []byte) error {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".gridc-*")
	if err != nil {
		return err
	}
	if err := fill(temp, content, info.Mode().Perm()); err != nil {
		return discard(temp, err)
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return discard(temp, err)
	}
	return nil
}

// fill writes and closes a temporary file.
func fill(temp *os.File, content []byte, mode os.FileMode) error {
	if _, err := temp.Write(content); err != nil {
		return err
	}
	if err := temp.Chmod(mode); err != nil {
		return err
	}
	return temp.Close()
}

// discard removes a temporary file that could not take its place, and returns
// the error that says why.
func discard(temp *os.File, why error) error {
	// Both fail only where the first error has already told the story.
	_ = temp.Close()
	_ = os.Remove(temp.Name())
	return why
}
