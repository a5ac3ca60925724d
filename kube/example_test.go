package kube_test

import (
	"log"
	"net/http"
	"os"

	"github.com/gridrpc/gridc/kube"
	grid "github.com/gridrpc/gridc/runtime"
)

// A node in a pod of a StatefulSet, behind the headless Service "storage".
func Example() {
	key, err := os.ReadFile("/key/key")
	if err != nil {
		log.Fatal(err)
	}
	m, err := grid.NewManager(grid.Options{
		Name:     os.Getenv("HOSTNAME"), // storage-0 and so on
		Auth:     grid.SharedKey(key),
		Resolver: &kube.Resolver{Service: "storage"},
	})
	if err != nil {
		log.Fatal(err)
	}
	http.Handle(grid.DefaultPath, m.Handler())
	log.Fatal(http.ListenAndServe(":9000", nil))
}
