//go:build node

package proof

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/tinylib/msgp/msgp"

	"github.com/gridrpc/gridc/compiler"
	"github.com/gridrpc/gridc/compiler/internal/proof/foreign"
	"github.com/gridrpc/gridc/runtime/codec"
)

// The tests in this file compare the codecs in Go with those in TypeScript, message by
// message: both decode the same bytes, or refuse them for the same reason, and encode what
// they got to the same bytes. They need node, and the package in ts/ with its dist:
//
//	(cd ts && npm ci && npm run build) && go test -tags node ./compiler/internal/proof -run TypeScript
//
// What one of the two alone gets wrong, in either direction, makes them differ.

// modules are where the types of a Go package are.
var modules = map[string]string{
	"proof": "proof/proof_grid", "proofv1": "proof/v1/proof_v1_grid", "parts": "parts/parts_grid", "forms": "forms/forms_grid",
	"time": "time/time_grid", "storage": "storage/storage_grid", "common": "common/common_grid",
}

// node runs the generated JavaScript.
type node struct{ folder, script string }

// newNode generates the proof schemas into a folder that finds the runtime.
func newNode(t *testing.T) node {
	t.Helper()
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	generateTypeScript(t, folder, true, "../../testdata/proof/proof.grid", "../../testdata/proof/forms.grid", "../../../examples/storage.grid")
	script, err := os.ReadFile("node/trial.mjs")
	if err != nil {
		t.Fatal(err)
	}
	n := node{folder, filepath.Join(folder, "trial.mjs")}
	write := func(name string, text []byte) {
		if err := os.WriteFile(name, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(n.script, script)
	write(filepath.Join(folder, "package.json"), []byte(`{"type":"module"}`))
	if _, err := os.Stat(filepath.Join(root, "ts/dist/codec/index.js")); err != nil {
		t.Fatalf("%v: run `npm ci && npm run build` in ts/ first", err)
	}
	scope := filepath.Join(folder, "node_modules/@gridc")
	if err := errors.Join(os.MkdirAll(scope, 0o755), os.Symlink(filepath.Join(root, "ts"), filepath.Join(scope, "runtime"))); err != nil {
		t.Fatal(err)
	}
	return n
}

// generateTypeScript generates schemas into a folder.
func generateTypeScript(t *testing.T, folder string, javaScript bool, files ...string) {
	t.Helper()
	schema, ds, err := compiler.Load(compiler.Options{}, files...)
	if err != nil || schema == nil {
		t.Fatal(err, ds)
	}
	outputs, err := compiler.GenerateTypeScript(schema, compiler.TypeScriptOptions{Out: filepath.ToSlash(folder), JavaScript: javaScript})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := compiler.Write(outputs); err != nil {
		t.Fatal(err)
	}
}

// trial is one message on trial.
type trial struct {
	kind  kind
	bytes []byte
}

// verdict is what TypeScript made of one.
type verdict struct {
	step  string // "ok", "decode", "encode" or "thrown"
	fault string
	text  string
	bytes []byte
}

func (n node) judge(t *testing.T, trials []trial) []verdict {
	t.Helper()
	var in bytes.Buffer
	for _, c := range trials {
		pkg, name, _ := strings.Cut(c.kind.name, ".")
		fmt.Fprintf(&in, "%s.js\t%s\t%x\n", modules[pkg], name, c.bytes)
	}
	command := exec.Command("node", n.script, n.folder)
	command.Dir, command.Stdin, command.Stderr = n.folder, &in, os.Stderr
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(lines) != len(trials) {
		t.Fatalf("%d verdicts of %d messages", len(lines), len(trials))
	}
	verdicts := make([]verdict, len(lines))
	for i, line := range lines {
		parts := append(strings.Split(line, "\t"), "", "")
		verdicts[i] = verdict{step: parts[0], fault: parts[1], text: parts[2]}
		if parts[0] == "ok" {
			if verdicts[i].bytes, err = hex.DecodeString(parts[1]); err != nil {
				t.Fatal(err)
			}
		}
	}
	return verdicts
}

// faultOf is what TypeScript calls the fault of an error.
func faultOf(err error) string {
	for fault, is := range map[string]error{
		"malformed": codec.ErrMalformed, "limit": codec.ErrLimit, "depth": codec.ErrTooDeep, "budget": codec.ErrBudget, "variant": codec.ErrVariant,
	} {
		if errors.Is(err, is) {
			return fault
		}
	}
	return err.Error()
}

// compare puts trials before both, and reports where they differ.
func compare(t *testing.T, n node, trials []trial) {
	t.Helper()
	count := map[string]int{}
	for i, v := range n.judge(t, trials) {
		outcome, err := difference(trials[i], v)
		count[outcome]++
		if err == nil {
			continue
		}
		t.Errorf("%s: %v\n% x", trials[i].kind.name, err, trials[i].bytes[:min(len(trials[i].bytes), 200)])
		if count["differ"]++; count["differ"] == 10 {
			t.Fatal("and so on")
		}
	}
	t.Log(count)
}

// difference says how TypeScript's verdict differs from Go's.
func difference(c trial, v verdict) (outcome string, err error) {
	if v.step == "thrown" {
		return "thrown", fmt.Errorf("TypeScript: %s %s", v.fault, v.text)
	}
	msg := c.kind.make()
	rest, refused := msg.UnmarshalMsg(c.bytes)
	if refused == nil && len(rest) > 0 {
		refused = codec.ErrMalformed
	}
	switch {
	case refused == nil && v.fault == "malformed" && (strings.Contains(v.text, "UTF-8") || strings.Contains(v.text, "secret")) && !utf8.Valid(c.bytes):
		return "no UTF-8", nil // which Go passes on
	case v.fault == "malformed" && strings.Contains(v.text, "raw value"):
		return "", fmt.Errorf("TypeScript cannot write what it read: %s", v.text)
	case refused != nil && hasExtern(c.kind):
		return "refused by an extern, or for another reason", nil
	case refused != nil && v.step != "decode":
		if faultOf(refused) == "budget" {
			return "budget of Go", nil
		}
		return "", fmt.Errorf("Go refuses it, TypeScript does not: %v", refused)
	case refused != nil && faultOf(refused) != v.fault:
		return "", fmt.Errorf("Go says %q, TypeScript %s", refused, v.text)
	case refused != nil:
		return "refused", nil
	case v.step == "decode":
		return "", fmt.Errorf("TypeScript refuses it, Go does not: %s", v.text)
	}
	return written(c, v, msg)
}

// written compares what both write of what they read.
func written(c trial, v verdict, msg message) (outcome string, err error) {
	b, unwritable := msg.MarshalMsg(nil)
	switch {
	case unwritable != nil && v.step == "encode" && faultOf(unwritable) == v.fault:
		return "not to be written", nil
	case unwritable != nil || v.step == "encode":
		return "", fmt.Errorf("to write it Go says %v, TypeScript %s", unwritable, v.text)
	case bytes.Equal(b, v.bytes):
		return "same bytes", nil
	case len(b) != len(v.bytes) && !hasExtern(c.kind): // which Go writes when it is zero, too
		return "", fmt.Errorf("Go writes % x, TypeScript % x", b, v.bytes)
	}
	again := c.kind.make()
	if rest, err := again.UnmarshalMsg(v.bytes); err != nil || len(rest) > 0 {
		return "", fmt.Errorf("Go refuses what TypeScript writes, % x: %v, %d bytes left", v.bytes, err, len(rest))
	}
	if d := cmp.Diff(msg, again, equal); d != "" {
		return "", fmt.Errorf("Go reads another value of what TypeScript writes:\n%s", d)
	}
	if !hasExtern(c.kind) && !holds(c.kind, nil) && !bytes.Contains(b, []byte{0x7f}) && !bytes.Contains(b, []byte{0xff}) { // the bits of a NaN may differ
		return "", fmt.Errorf("Go writes % x, TypeScript % x", b, v.bytes)
	}
	return "another order of a map", nil
}

func hasExtern(k kind) bool { return holds(k, reflect.TypeFor[foreign.Money]()) }

// sorted are the types whose maps are all written in order.
var sorted = map[string]bool{"forms.Ordered": true, "forms.OrderedPick": true, "forms.Inner": true}

// holds reports whether a type holds another somewhere; a map that is not sorted if want is nil.
func holds(k kind, want reflect.Type) bool {
	if want == nil && sorted[k.name] {
		return false
	}
	seen := map[reflect.Type]bool{}
	var look func(t reflect.Type) bool
	look = func(t reflect.Type) bool {
		if seen[t] {
			return false
		}
		seen[t] = true
		if t == want || want == nil && t.Kind() == reflect.Map {
			return true
		}
		switch t.Kind() {
		case reflect.Struct:
			for i := range t.NumField() {
				if look(t.Field(i).Type) {
					return true
				}
			}
		case reflect.Map:
			return look(t.Key()) || look(t.Elem())
		case reflect.Pointer, reflect.Slice, reflect.Array:
			return look(t.Elem())
		}
		return false
	}
	return look(reflect.TypeOf(k.make()).Elem())
}

// Every type, random values: what Go writes TypeScript reads, and the other way round.
func TestTypeScriptRoundTrip(t *testing.T) {
	var trials []trial
	for _, k := range kinds {
		for seed := range uint64(100) {
			trials = append(trials, trial{k, encode(t, random(k, seed))})
		}
	}
	compare(t, newNode(t), trials)
}

// Cut off at every byte.
func TestTypeScriptTruncation(t *testing.T) {
	var trials []trial
	for _, k := range kinds {
		for seed := range uint64(3) {
			b := encode(t, random(k, seed))
			for n := range min(len(b), 1500) {
				trials = append(trials, trial{k, b[:n:n]})
			}
		}
	}
	compare(t, newNode(t), trials)
}

// Bytes changed at random, and messages of other types: unknown keys, other values than
// the schema says, false counts.
func TestTypeScriptMutations(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	var trials []trial
	for i, k := range kinds {
		for seed := range uint64(10) {
			b := encode(t, random(k, seed))
			for range 12 {
				bad := bytes.Clone(b)
				for range 1 + r.IntN(4) {
					bad[r.IntN(len(bad))] = byte(r.Uint32())
				}
				trials = append(trials, trial{k, bad})
			}
			other := kinds[(i+1+int(seed)*7)%len(kinds)]
			trials = append(trials, trial{other, b}, trial{kinds[r.IntN(len(kinds))], b})
		}
	}
	compare(t, newNode(t), trials)
}

// Numbers in every other form that msgpack has for them.
func TestTypeScriptNumbers(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	var trials []trial
	for _, k := range kinds {
		for seed := range uint64(20) {
			b := encode(t, random(k, seed))
			for range 3 {
				trials = append(trials, trial{k, rewritten(r, b)})
			}
		}
	}
	compare(t, newNode(t), trials)
}

// rewritten is a message with some of its numbers in other forms, the keys included.
func rewritten(r *rand.Rand, b []byte) []byte {
	var out []byte
	for len(b) > 0 {
		size := 1
		switch sort := msgp.NextType(b); sort {
		case msgp.MapType:
			_, rest, _ := msgp.ReadMapHeaderBytes(b)
			size = len(b) - len(rest)
		case msgp.ArrayType:
			_, rest, _ := msgp.ReadArrayHeaderBytes(b)
			size = len(b) - len(rest)
		default:
			rest, err := msgp.Skip(b)
			if err != nil {
				return append(out, b...)
			}
			size = len(b) - len(rest)
			if sort == msgp.IntType || sort == msgp.UintType || sort == msgp.Float64Type || sort == msgp.Float32Type {
				out = append(out, otherForm(r, b[:size])...)
				b = b[size:]
				continue
			}
		}
		out = append(out, b[:size]...)
		b = b[size:]
	}
	return out
}

// otherForm is a number in another form, which may not be exactly the same number.
func otherForm(r *rand.Rand, b []byte) []byte {
	var f float64
	if v, _, err := msgp.ReadInt64Bytes(b); err == nil {
		switch r.IntN(8) {
		case 0:
			return append([]byte{0xd3}, byte(v>>56), byte(v>>48), byte(v>>40), byte(v>>32), byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
		case 1:
			return append([]byte{0xcf}, byte(v>>56), byte(v>>48), byte(v>>40), byte(v>>32), byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
		case 2:
			return []byte{0xd2, byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)}
		case 3:
			return []byte{0xd1, byte(v >> 8), byte(v)}
		}
		f = float64(v)
	} else if v, _, err := msgp.ReadUint64Bytes(b); err == nil {
		f = float64(v)
	} else if v, _, err := msgp.ReadFloat64Bytes(b); err == nil {
		f = v
	}
	switch r.IntN(4) {
	case 0:
		return msgp.AppendFloat64(nil, f)
	case 1:
		return msgp.AppendFloat32(nil, float32(f))
	case 2:
		return msgp.AppendInt64(nil, int64(f))
	}
	return b
}

// Counts that are false, values that are deep, and many that are cheap to write.
func TestTypeScriptBombs(t *testing.T) {
	deep := bytes.Repeat([]byte{0x91}, 2000)
	array := msgp.AppendArrayHeader(nil, 1000)
	bodies := [][]byte{
		deep, bytes.Repeat([]byte{0x81, 0x01}, 1000), bytes.Repeat([]byte{0x81, 0x02}, 1000), bytes.Repeat([]byte{0x81, 0x03, 0x91}, 500),
		bytes.Repeat([]byte{0x81, 0x04, 0x81, 0xa0}, 500), bytes.Repeat([]byte{0x81, 0x05, 0x81, 0x01}, 500),
		append(bytes.Clone(array), bytes.Repeat([]byte{0xc0}, 1000)...), append(bytes.Clone(array), bytes.Repeat([]byte{0x90}, 1000)...),
		append(bytes.Clone(array), bytes.Repeat([]byte{0x80}, 1000)...),
	}
	for _, header := range hugeHeaders {
		bodies = append(bodies, header, append(bytes.Clone(header), make([]byte, 100)...))
	}
	var trials []trial
	for i, k := range kinds {
		for _, body := range bodies {
			trials = append(trials, trial{k, body})
			for j, key := range keysOf() {
				if (i+j)%4 != 0 { // there are many
					continue
				}
				trials = append(trials, trial{k, append(append([]byte{0x81}, key...), body...)})
			}
		}
	}
	compare(t, newNode(t), trials)
}

// All that is generated has types that the strictest settings accept, in the newest
// TypeScript and an older one; and users get the values that usage.ts expects.
func TestTypeScriptTypes(t *testing.T) {
	n := newNode(t)
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	source := filepath.Join(n.folder, "src")
	for _, file := range []string{"../../testdata/proof/proof.grid", "../../testdata/proof/forms.grid", "../../../examples/storage.grid", "../../../docs/kv/kv.grid"} {
		generateTypeScript(t, source, false, file)
	}
	for name, folder := range archives(t, n.folder) {
		generateTypeScript(t, filepath.Join(source, name), false, filepath.Join(folder, "main.grid"))
		generateTypeScript(t, filepath.Join(source, name+"-js"), true, filepath.Join(folder, "main.grid"))
	}
	usage, err := os.ReadFile("node/usage.ts")
	if err != nil {
		t.Fatal(err)
	}
	config := `{"compilerOptions": {
		"target": "es2022", "lib": ["es2022", "esnext.disposable", "dom"], "types": ["node"], "typeRoots": ["` + root + `/ts/node_modules/@types"], "module": "nodenext", "strict": true,
		"exactOptionalPropertyTypes": true, "noUncheckedIndexedAccess": true, "noImplicitOverride": true, "noImplicitReturns": true,
		"noFallthroughCasesInSwitch": true, "noPropertyAccessFromIndexSignature": true, "noUnusedLocals": true, "noUnusedParameters": true,
		"allowUnreachableCode": false, "erasableSyntaxOnly": true, "isolatedDeclarations": true, "isolatedModules": true, "declaration": true,
		"verbatimModuleSyntax": true, "rewriteRelativeImportExtensions": true, "rootDir": "src", "outDir": "out"
	}, "include": ["src"]}`
	if err := errors.Join(
		os.WriteFile(filepath.Join(source, "usage.ts"), usage, 0o644),
		os.WriteFile(filepath.Join(n.folder, "tsconfig.json"), []byte(config), 0o644),
	); err != nil {
		t.Fatal(err)
	}
	for _, compiler := range []string{"typescript-5", "typescript"} {
		n.run(t, filepath.Join(root, "ts/node_modules", compiler, "bin/tsc"), "-p", n.folder)
	}
	n.run(t, filepath.Join(n.folder, "out/usage.js"))
}

func (n node) run(t *testing.T, args ...string) {
	t.Helper()
	command := exec.Command("node", args...)
	command.Dir = n.folder
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("node %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// archives unpacks the schemas of the emitter's own tests, by name.
func archives(t *testing.T, folder string) map[string]string {
	t.Helper()
	files, err := filepath.Glob("../../tsgen/testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	folders := map[string]string{}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		folders[name] = filepath.Join(folder, "grids", name)
		for _, f := range archive.Files {
			if path := filepath.Join(folders[name], f.Name); filepath.Ext(path) == ".grid" {
				if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, f.Data, 0o644)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	return folders
}
