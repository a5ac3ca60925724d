// Command measurer is the measuring process alone. Package build compiles it
// against other versions of gridc; the bench starts it as it starts itself.
package main

import (
	"fmt"
	"os"

	"github.com/gridrpc/gridc/bench/internal/proc"
)

func main() {
	if !proc.Main(os.Args[1:]) {
		fmt.Fprintln(os.Stderr, "measurer: it is started by the bench, with what is to be measured")
		os.Exit(2)
	}
}
