package main

import "github.com/gridrpc/gridc/compiler"

// irCmd is `gridc ir`.
type irCmd struct {
	Paths []string `arg:"" name:"path" help:"A .grid file, or a folder for all below it."`
}

// Help describes the JSON.
func (*irCmd) Help() string {
	return `The document is an object: "gridc_ir" is the version of this format, "packages" the files, imports first.

A package has "name", "path", "root" (named, not only imported), "doc", "imports", "consts", "enums", "messages", "unions",
"errors", "externs" and "services". Everything with a name has "go", its name in Go, and "at", its place in the file. A type
is an object with "kind": the name of a built-in type; "list" or "map" with "elem" and "key"; "enum", "message", "union" or
"extern" with "ref", the package and name of the declaration. What is empty, zero or false is left out. Integers may exceed
2^53.

Save it as a baseline: gridc ir api > api.json, and later gridc breaking --against api.json api`
}

func (cmd *irCmd) run(env *environment) error {
	schema, err := load(env, env.stderr, cmd.Paths)
	if err != nil {
		return err
	}
	text, err := compiler.MarshalIR(schema)
	if err != nil {
		return err
	}
	_, err = env.stdout.Write(text)
	return err
}
