package hello

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/gridrpc/gridc/bench/internal/peer"
)

func TestEveryPeerHasAProgram(t *testing.T) {
	there := map[string]bool{"gridc-bytes": true, "gridc-observed": true, "gridc-reuse": true, "mux": true, "mux-typed": true} // the same as gridc's three times, and nothing that one could pick
	for _, p := range programs {
		there[p.peer] = true
		if _, err := os.Stat(filepath.Join("..", "..", "hello", p.folder, "main.go")); err != nil {
			t.Error(err)
		}
	}
	for _, p := range peer.All() {
		if !there[p.Name] {
			t.Errorf("%s has no hello-world", p.Name)
		}
	}
}
