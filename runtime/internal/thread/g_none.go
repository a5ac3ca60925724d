//go:build !(386 || amd64 || arm64) || purego || plan9

package thread

func word(uintptr) uintptr { return 0 }

const readable = false
