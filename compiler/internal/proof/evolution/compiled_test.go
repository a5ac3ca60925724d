package evolution

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/gridrpc/gridc/compiler"
	"github.com/gridrpc/gridc/runtime/dynamic"
	"github.com/gridrpc/gridc/runtime/schema"
)

// crossing is a message that one revision wrote and the other reads.
type crossing struct {
	to    *side
	shape int
	wire  []byte
}

// TestDynamicCodecIsTheGeneratedOne compiles a sample of pairs for real: what
// the generated code of a revision makes of messages of the other one is what
// the dynamic codec makes of them.
func TestDynamicCodecIsTheGeneratedOne(t *testing.T) {
	for n := range compiledPairs {
		p := newPair(t, *seed+uint64(n))
		crossings := p.crossings()
		answers := compileAndRun(t, p, crossings)
		failed := 0
		for i, c := range crossings {
			if !sameAs(t, p, c, answers[i]) {
				return
			}
			if answers[i] == "error" {
				failed++
			}
		}
		t.Logf("%v: %d messages, %d refused", p, len(crossings), failed)
	}
}

// crossings are messages of all types that both revisions have.
func (p *pair) crossings() []crossing {
	var all []crossing
	for _, way := range [][2]*side{{p.old, p.new}, {p.new, p.old}, {p.old, p.old}} {
		from, to := way[0], way[1]
		g := &values{Rand: rand.New(rand.NewPCG(p.seed, 2)), table: from.table}
		for i := range from.table.Shapes {
			s := &from.table.Shapes[i]
			there := shapeNamed(to.table, s.Name)
			if there < 0 || s.Kind == schema.Enum || !strings.Contains(s.Name, ".") { // that of a variant without a value has no package
				continue
			}
			for n := range 12 {
				g.full = n%2 == 0
				wire, err := dynamic.Codec{Table: from.table}.Encode(&schema.Type{Kind: s.Kind, Shape: i}, g.structure(s, 0))
				if err == nil {
					all = append(all, crossing{to, there, wire})
				}
			}
		}
	}
	return all
}

func shapeNamed(t *schema.Table, name string) int {
	for i := range t.Shapes {
		if t.Shapes[i].Name == name {
			return i
		}
	}
	return -1
}

// sameAs compares the answer of generated code with that of the dynamic codec:
// both refuse, or both write a message of the same meaning.
func sameAs(t *testing.T, p *pair, c crossing, answer string) bool {
	t.Helper()
	codec := dynamic.Codec{Table: c.to.table}
	ty := &schema.Type{Kind: c.to.table.Shapes[c.shape].Kind, Shape: c.shape}
	want, err := codec.Decode(ty, c.wire)
	var again []byte
	if err == nil {
		again, err = codec.Encode(ty, want)
	}
	name := c.to.table.Shapes[c.shape].Name
	if (err != nil) != (answer == "error") {
		t.Errorf("%v: %s of %x: the generated code says %s, the dynamic codec %v", p, name, c.wire, answer, err)
		return false
	}
	if err != nil {
		return true
	}
	want, _ = codec.Decode(ty, again)
	wire, err := hex.DecodeString(answer)
	got, decodeErr := codec.Decode(ty, wire)
	if err != nil || decodeErr != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v: %s of %x: the generated code writes %s, the dynamic codec %x", p, name, c.wire, answer, again)
		return false
	}
	return true
}

// program reads lines of a type's name and a message, and answers each with
// what the type writes after reading it.
const program = `package main

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"os"

	"github.com/tinylib/msgp/msgp"

%s)

type message interface {
	msgp.Marshaler
	msgp.Unmarshaler
}

var types = map[string]func() message{
%s}

func main() {
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		var name, text string
		fmt.Sscan(in.Text(), &name, &text)
		wire, _ := hex.DecodeString(text)
		v := types[name]()
		rest, err := v.UnmarshalMsg(wire)
		out, again := v.MarshalMsg(nil)
		if err != nil || again != nil || len(rest) > 0 {
			fmt.Println("error")
		} else {
			fmt.Println(hex.EncodeToString(out))
		}
	}
}
`

// compileAndRun generates both revisions, builds a program around them, without
// writing into the repository, and returns what it answers.
func compileAndRun(t *testing.T, p *pair, crossings []crossing) []string {
	t.Helper()
	dir, overlay := t.TempDir(), map[string]string{}
	put := func(name string, content []byte) {
		here, err := filepath.Abs(name)
		if err != nil {
			t.Fatal(err)
		}
		overlay[here] = filepath.Join(dir, strings.ReplaceAll(name, "/", "_"))
		if err := os.WriteFile(overlay[here], content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var imports, types, input strings.Builder
	for name, s := range map[string]*side{"older": p.old, "newer": p.new} {
		outputs, err := compiler.Generate(s.schema, compiler.GenOptions{Out: name})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range outputs {
			put(o.Path, o.Content)
		}
		imported := map[string]bool{}
		for i := range s.table.Shapes {
			in, goName, found := strings.Cut(s.table.Shapes[i].Name, ".")
			if s.table.Shapes[i].Kind == schema.Enum || !found {
				continue
			}
			if !imported[in] {
				imported[in] = true
				fmt.Fprintf(&imports, "\t%s_%s \"github.com/gridrpc/gridc/compiler/internal/proof/evolution/%s/%s\"\n", name, in, name, in)
			}
			fmt.Fprintf(&types, "\t%q: func() message { return new(%s_%s.%s) },\n", name+"."+in+"."+goName, name, in, goName)
		}
	}
	for _, c := range crossings {
		name := "newer"
		if c.to == p.old {
			name = "older"
		}
		fmt.Fprintf(&input, "%s.%s %x\n", name, c.to.table.Shapes[c.shape].Name, c.wire)
	}
	put("answer/main.go", fmt.Appendf(nil, program, imports.String(), types.String()))
	text, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "run", "-overlay", file, "./answer")
	cmd.Stdin = strings.NewReader(input.String())
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", p, err, &stderr)
	}
	answers := strings.Fields(string(out))
	if len(answers) != len(crossings) {
		t.Fatalf("%v: %d answers to %d messages", p, len(answers), len(crossings))
	}
	return answers
}
