package promgrid

import (
	"strconv"
	"strings"

	grid "github.com/gridrpc/gridc/runtime"
)

// other is the handler, or code, of what has no series of its own.
const other = "other"

// unknown is the handler of requests for numbers that no handler has.
const unknown = "unknown"

// ends are the values of a label, and beginnings of names.
const (
	server = "server"
	client = "client"
)

// handlerLabel names a handler: by its name, or by its number where it has none.
func handlerLabel(id grid.HandlerID, name string) string {
	switch {
	case name != "":
		return valid(name)
	case id != 0:
		return strconv.Itoa(int(id))
	}
	return unknown
}

func kindLabel(stream bool) string {
	if stream {
		return "stream"
	}
	return "call"
}

// oneWord is a text without blanks, which are a nuisance in queries.
func oneWord(text string) string { return strings.ReplaceAll(valid(text), " ", "_") }

// valid makes a label value of a text that may come from a peer.
func valid(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }

func number(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
