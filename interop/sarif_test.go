package interop_test

import (
	"bytes"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	_ "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif" // for the schema in its source, see sarifSchema
	"github.com/santhosh-tekuri/jsonschema/v6"
)

const sarifPackage = "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

// What gridc --format sarif prints is judged by the schema that OASIS publishes.
func TestSARIFKeepsToTheSchemaOfTheStandard(t *testing.T) {
	schema, gridc := sarifSchema(t), buildGridc(t)
	for name, tc := range map[string]struct {
		text string
		want []string // what the log shows, so that the schema has something to judge
	}{
		"errors": {
			"package broken\n\nmessage Request {\n\ttext strng = 1\n\tdata bytes = 1;\n}\n\n" +
				"service Echo {\n\trpc Call(Request) Request = 1\n\trpc Call(Request) Request = 2\n}\n",
			[]string{`"error"`, `"fixes"`, `"relatedLocations"`, `"rules"`},
		},
		"lint": {
			"package doubtful\n\nmessage unused_thing {\n\tSomeField string = 1\n}\n",
			[]string{`"warning"`, `"lint/name-case"`},
		},
		"nothing": {"package fine\n", []string{`"results": []`}},
	} {
		t.Run(name, func(t *testing.T) {
			log := sarifLog(t, gridc, tc.text)
			for _, want := range tc.want {
				if !strings.Contains(log, want) {
					t.Errorf("no %s in\n%s", want, log)
				}
			}
			if err := validate(t, schema, log); err != nil {
				t.Errorf("%v\nin\n%s", err, log)
			}
		})
	}
}

// The schema refuses what is no SARIF: formats and closed objects count.
func TestTheSARIFSchemaFindsFaults(t *testing.T) {
	schema, gridc := sarifSchema(t), buildGridc(t)
	log := sarifLog(t, gridc, "package broken\n\nmessage M {\n\ttext strng = 1\n}\n")
	for old, fault := range map[string]string{
		`"level": "error"`:     `"level": "fatal"`,
		`"version": "2.1.0"`:   `"version": "2.0.0"`,
		`"startLine": 4`:       `"startLine": 0`,
		`"ruleIndex": 0`:       `"ruleindex": 0`,
		`"columnKind": "`:      `"columnKind": "my`,
		`"$schema": "https://`: `"$schema": "not a uri `,
		`"uri": "main.grid"`:   `"uri": "%zz"`,
	} {
		if !strings.Contains(log, old) {
			t.Errorf("no %s in\n%s", old, log)
		}
		if err := validate(t, schema, strings.Replace(log, old, fault, 1)); err == nil {
			t.Errorf("%s is allowed", fault)
		}
	}
}

// sarifSchema is the official schema of SARIF 2.1.0. It is a constant that the
// module go-sarif keeps to itself, so it is read from its source, at the version
// that go.sum knows. The module's own check is not used: it looks at a log only
// after decoding it into its own types, which drops what it does not know.
func sarifSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	dir, err := exec.CommandContext(limited(t), "go", "list", "-f", "{{.Dir}}", sarifPackage).Output()
	if err != nil {
		t.Fatal(err)
	}
	source := filepath.Join(strings.TrimSpace(string(dir)), "schema.go")
	file, err := parser.ParseFile(token.NewFileSet(), source, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	ast.Inspect(file, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING && text == "" {
			text, err = strconv.Unquote(literal.Value)
		}
		return err == nil
	})
	if err != nil || !strings.Contains(text, "SARIF) Version 2.1.0 JSON Schema") {
		t.Fatalf("%s does not hold the schema (%v)", source, err)
	}
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	const here = "file:///sarif-schema-2.1.0.json"
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource(here, document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile(here)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// buildGridc builds the command of this tree.
func buildGridc(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "gridc")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-C", "..", "-o", program, "./cmd/gridc").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

// sarifLog is what gridc finds in a text. That it finds something is no failure.
func sarifLog(t *testing.T, gridc, text string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.grid"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(limited(t), gridc, "lint", "--format", "sarif", "main.grid")
	command.Dir = dir
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil && (!errors.As(err, new(*exec.ExitError)) || stdout.Len() == 0) {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	return stdout.String()
}

func validate(t *testing.T, schema *jsonschema.Schema, log string) error {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(log))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(document)
}
