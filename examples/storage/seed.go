package main

import (
	"crypto/rand"
	"embed"
	"fmt"
	"os"
	"path/filepath"
)

// sources are real files that everybody who takes the tour has: these here.
//
//go:embed *.go
var sources embed.FS

// manyFiles is how many small files gamma has, so that a walk through them takes
// longer than the tour lets gamma live.
const manyFiles = 600

// media are the sizes of the files with random content on each disk2, below
// volume media. One of them is too large to be inlined.
var media = map[string]int{
	"2025/12/harbour.raw": 40 << 10,
	"2026/01/ice.raw":     64 << 10,
	"2026/01/snow.raw":    300 << 10,
	"2026/index.txt":      900,
}

// fillDisks writes the files that the tour is about below dir.
func fillDisks(dir string) error {
	for _, server := range []string{"alpha", "beta", "gamma"} {
		disk1, disk2 := filepath.Join(dir, server, diskNames[0]), filepath.Join(dir, server, diskNames[1])
		if err := os.CopyFS(filepath.Join(disk1, "source"), sources); err != nil {
			return err
		}
		for name, size := range media {
			content := make([]byte, size)
			rand.Read(content)
			if err := writeFile(filepath.Join(disk2, "media", filepath.FromSlash(name)), content); err != nil {
				return err
			}
		}
	}
	for i := range manyFiles {
		name := filepath.Join(dir, "gamma", diskNames[0], "many", fmt.Sprintf("%02d", i/100), fmt.Sprintf("note-%03d.txt", i))
		if err := writeFile(name, fmt.Appendf(nil, "note %d\n", i)); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(name string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, content, 0o644)
}
