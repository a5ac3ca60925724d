package call

import (
	"strings"

	"github.com/gridrpc/gridc/runtime/dynamic"
	"github.com/gridrpc/gridc/runtime/status"
)

// longestName is how many bytes of a name from a peer are shown.
const longestName = 128

// printable is a name as a terminal may show it: cut, and with all that a terminal could
// act on as an escape.
func printable(name string) string {
	quoted := dynamic.QuoteJSON(status.Shortened(name, longestName))
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(quoted[1 : len(quoted)-1])
}
