//go:build (386 || amd64 || arm64) && !purego && !plan9

package thread

// word reads one word of what package runtime keeps about the present goroutine.
func word(offset uintptr) uintptr

const readable = true
