package tool

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// bufConfig makes a folder a module without dependencies. The rules that are
// left out are about services, requests and responses, which are those of the
// .grid files.
const bufConfig = `version: v2
lint:
  use:
    - STANDARD
  except:
    - RPC_REQUEST_RESPONSE_UNIQUE
    - RPC_REQUEST_STANDARD_NAME
    - RPC_RESPONSE_STANDARD_NAME
    - SERVICE_SUFFIX
`

// bufTemplate says what buf generates with some plugins, each of which it starts
// once for all files: by default it starts them for each folder, which takes more CPU.
func bufTemplate(plugins ...string) string {
	var b strings.Builder
	b.WriteString("version: v2\nplugins:\n")
	for _, p := range plugins {
		fmt.Fprintf(&b, "  - local: %s\n    out: .\n    opt: paths=source_relative\n    strategy: all\n", p)
	}
	return b.String()
}

// protoFile is where a file lies: buf wants the folder to say the package.
func protoFile(i int) string { return fmt.Sprintf("file%d/v1/file%d.proto", i, i) }

// writeProtoCorpus says in protobuf what writeCorpus says.
func writeProtoCorpus(dir string, files, messages int) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "buf.yaml"), []byte(bufConfig), 0o644); err != nil {
		return err
	}
	for i := range files {
		name := filepath.Join(dir, protoFile(i))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(name, []byte(protoSchema(i, messages)), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// protoSchema is schema in protobuf.
func protoSchema(file, messages int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "syntax = \"proto3\";\n\npackage file%d.v1;\n\n", file)
	fmt.Fprintf(&b, "import \"google/protobuf/timestamp.proto\";\n\noption go_package = \"corpus/file%d/v1;file%dv1\";\n\n", file, file)
	for i := range messages {
		fmt.Fprintf(&b, "message Req%d {\n  string name = 1;\n  bytes data = 2;\n  uint64 count = 3;\n  repeated string tags = 4;\n", i)
		fmt.Fprint(&b, "  google.protobuf.Timestamp when = 5;\n  double ratio = 6;\n  map<string, string> labels = 7;\n  bool done = 8;\n}\n\n")
	}
	fmt.Fprint(&b, "message Done {\n  uint64 count = 1;\n}\n\n")
	fmt.Fprintf(&b, "// Service%d is for measuring only.\nservice Service%d {\n", file, file)
	for i := range messages {
		fmt.Fprintf(&b, "  // Do%d does nothing.\n  rpc Do%d(Req%d) returns (Done);\n", i, i, i)
	}
	fmt.Fprint(&b, "}\n")
	return b.String()
}
