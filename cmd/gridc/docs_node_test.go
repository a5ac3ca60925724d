package main

import "strings"

// Nodes that a document starts listen where there is room, and are shown where the
// document has them.

// startNode does `storage … -listen ADDRESS … &`: the node runs to the end of the test.
func (r *replay) startNode(args []string) string {
	r.Helper()
	if r.storage == "" {
		r.storage, r.addresses = buildStorage(r.T, r.home), make(map[string]string)
	}
	check := func(err error) {
		if err != nil {
			r.Fatal(err)
		}
	}
	var rest []string
	documented := ""
	for i := 0; i < len(args); i++ {
		switch args[i] {
		case "-listen":
			i++
			documented = args[i]
		case "&":
		default:
			rest = append(rest, args[i])
		}
	}
	address, stop := startStorage(check, r.storage, ".", rest)
	r.Cleanup(stop)
	r.addresses[documented] = address
	return "listening on " + documented + "\n"
}

// whereItIs puts the address where a node listens in the place of the documented one.
func (r *replay) whereItIs(arg string) string {
	for documented, address := range r.addresses {
		arg = strings.ReplaceAll(arg, documented, address)
	}
	return arg
}

// asDocumented is the reverse.
func (r *replay) asDocumented(text string) string {
	for documented, address := range r.addresses {
		text = strings.ReplaceAll(text, address, documented)
	}
	return text
}
