package main

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"

	"github.com/gridrpc/gridc/compiler"
)

// cacheVariable names the environment variable that moves the cache, or turns it
// off.
const cacheVariable = "GRIDC_CACHE"

// userCache is the cache of this user for this build of gridc, or nil where there
// can be none.
func userCache(env *environment) *compiler.Cache {
	dir := env.getenv(cacheVariable)
	if dir == "off" {
		return nil
	}
	if dir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return nil
		}
		dir = filepath.Join(user, "gridc")
	}
	build, err := buildHash()
	if err != nil {
		return nil
	}
	return &compiler.Cache{Dir: dir, Build: build}
}

// buildHash tells the running program from all others: its build ID, or the hash of it all where
// it has none, which takes 15 ms. A version is not enough: builds from a work tree share one.
func buildHash() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	program, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer program.Close()
	if id := buildID(program); id != "" {
		return id, nil
	}
	h := sha256.New()
	if _, err := io.Copy(h, program); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// relaxGC lets the heap of this short process grow before garbage is collected:
// generating 100 files is a quarter faster so. GOGC in the environment wins.
func relaxGC() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
}
