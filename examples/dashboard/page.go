package main

import (
	"embed"
	"encoding/json"
	"io/fs"
	"net/http"

	grid "github.com/gridrpc/gridc/runtime"
)

// files are what the page loads: page.js is written by hand, disks_grid.js is what
// `gridc gen --lang ts --ts=js` makes of dashboard.grid, and the folder gridc is the runtime
// of ts/, bundled by generate.sh.
//
//go:embed page
var files embed.FS

//go:generate sh generate.sh

// pageHandler serves the page, and tells it where the nodes are.
func pageHandler(peers []grid.Peer) http.Handler {
	page, err := fs.Sub(files, "page")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	type place struct {
		Name string `json:"name"`
		URL  string `json:"url"`
	}
	var nodes []place
	for _, p := range peers {
		nodes = append(nodes, place{p.Name, "ws://" + p.Address + grid.GuestPath})
	}
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServerFS(page))
	mux.HandleFunc("/nodes.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(nodes) // a page that has gone
	})
	return mux
}
