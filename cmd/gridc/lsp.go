package main

import "github.com/gridrpc/gridc/cmd/gridc/internal/lsp"

// lspCmd is `gridc lsp`.
type lspCmd struct {
	Stdio bool `help:"Speak on standard input and output, which is the only way there is; editors give the flag."`
}

// run serves one editor. Standard output belongs to the protocol.
func (cmd *lspCmd) run(env *environment) error {
	return lsp.Serve(env.stdin, env.stdout, lsp.Options{Version: version(), Log: env.stderr})
}
