// Command protogen writes the protobuf code of the peers from pb/*.proto, and that
// of the codecs from internal/codecs/pb/codecs.proto, with each project's own
// plug-in at the version that go.mod pins, and without protoc.
//
//	go run ./internal/protogen
package main

import (
	"bytes"
	"context"
	"fmt"
	"go/format"
	"os"
	"os/exec"
	"path"
	"path/filepath"

	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/pluginpb"
)

const module = "github.com/gridrpc/gridc/bench"

// plugins are the generators, and the package that each puts the service into:
// one each, so that a program links only the peer that it uses. connect's goes
// beside the descriptor of the service, which only that needs.
var plugins = []struct{ path, file, folder, parameter string }{
	{"google.golang.org/protobuf/cmd/protoc-gen-go", "echo.proto", "pb", ""},
	{"google.golang.org/grpc/cmd/protoc-gen-go-grpc", "service.proto", "pb/pbgrpc", ""},
	{"storj.io/drpc/cmd/protoc-gen-go-drpc", "service.proto", "pb/pbdrpc", ""},
	{"github.com/containerd/ttrpc/cmd/protoc-gen-go-ttrpc", "service.proto", "pb/pbttrpc", ""},
	{"google.golang.org/protobuf/cmd/protoc-gen-go", "service.proto", "pb/pbservice", ""},
	{"connectrpc.com/connect/cmd/protoc-gen-connect-go", "service.proto", "pb/pbservice", ",package_suffix=connect"},
	{"google.golang.org/protobuf/cmd/protoc-gen-go", "codecs.proto", "internal/codecs/pb", ""},
	{"github.com/planetscale/vtprotobuf/cmd/protoc-gen-go-vtproto", "codecs.proto", "internal/codecs/pb", vtFeatures},
}

// vtFeatures are what vtprotobuf recommends for speed: all messages can be reset
// with their memory kept.
const vtFeatures = ",features=marshal+unmarshal+size+pool,pool=" + module + "/internal/codecs/pb.*"

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "protogen:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	compiler := protocompile.Compiler{
		Resolver: protocompile.WithStandardImports(&protocompile.SourceResolver{
			ImportPaths: []string{"pb", "internal/codecs/pb"},
		}),
		SourceInfoMode: protocompile.SourceInfoStandard,
	}
	files, err := compiler.Compile(ctx, "echo.proto", "service.proto", "codecs.proto")
	if err != nil {
		return err
	}
	descriptors := []*descriptorpb.FileDescriptorProto{protodesc.ToFileDescriptorProto(timestamppb.File_google_protobuf_timestamp_proto)}
	for _, f := range files {
		descriptors = append(descriptors, protodesc.ToFileDescriptorProto(f))
	}
	for _, p := range plugins {
		parameter := fmt.Sprintf("module=%s,M%s=%s/%s;%s%s", module, p.file, module, p.folder, path.Base(p.folder), p.parameter)
		request := &pluginpb.CodeGeneratorRequest{
			FileToGenerate: []string{p.file}, Parameter: &parameter, ProtoFile: descriptors,
		}
		if err := generate(ctx, p.path, request); err != nil {
			return fmt.Errorf("%s: %w", p.path, err)
		}
	}
	return nil
}

// generate runs one plug-in, and writes the files that it answers with.
func generate(ctx context.Context, plugin string, request *pluginpb.CodeGeneratorRequest) error {
	input, err := proto.Marshal(request)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "go", "run", plugin)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(input), os.Stderr
	output, err := cmd.Output()
	if err != nil {
		return err
	}
	var response pluginpb.CodeGeneratorResponse
	if err := proto.Unmarshal(output, &response); err != nil {
		return err
	}
	if response.GetError() != "" {
		return fmt.Errorf("%s", response.GetError())
	}
	for _, f := range response.GetFile() {
		if err := write(f.GetName(), f.GetContent()); err != nil {
			return err
		}
	}
	return nil
}

func write(name, content string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	text, err := format.Source([]byte(content))
	if err != nil {
		return err
	}
	return os.WriteFile(name, text, 0o644)
}
