package breaking

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gridrpc/gridc/compiler/internal/lab"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/runtime/schema"
)

// verdictsOf are the ids of all that a review says.
func verdictsOf(old, new *ir.Schema) string {
	var ids []string
	for _, c := range Compare(old, new, schema.Wire) {
		ids = append(ids, c.ID)
	}
	return strings.Join(ids, " ")
}

// A type that became another is one change, whatever the two are: one finding.
func TestAChangedTypeHasOneVerdict(t *testing.T) {
	types := []string{"[]int8", "[]int64", "[]M", "[]E", "[]F", "[]X", "[]raw", "[][]int8", "map[string]int8", "map[string]M", "map[int8]int8", "map[string]int64", "map[string]F"}
	for _, name := range []string{"bool", "int8", "int64", "uint8", "float32", "float64", "string", "bytes", "time", "duration", "uuid", "raw", "E", "F", "M", "N", "U", "V", "X", "Y"} {
		types = append(types, name, name+"?")
	}
	const rest = `
enum E uint8 { a = 0 }
enum F uint16 { a = 0 }
message M { a bool = 1 }
message N { a string = 1 }
union U { a bool = 1 }
union V { a string = 1 }
extern X = "a/b.X"
extern Y = "a/b.Y"
message All {
    e E = 1
    f F = 2
    m M = 3
    n N = 4
    u U = 5
    v V = 6
    x X = 7
    y Y = 8
}
service S {
    rpc Get(%s) = 1%s
    rpc Use(All) = 2
}
`
	for where, handler := range map[string][2]string{
		"message A { x %s = 1 }":            {"A", ""},
		"message A { x %s = \"k\" }":        {"A", ""},
		"union A { x %s = 1 }":              {"A", ""},
		"error G = \"p.g\" { x %s = 1 }":    {"N", " {\n errors G\n }"},
		"message A { x %s = 1 }\n// unused": {"N", ""},
	} {
		revisions := map[string]*ir.Schema{}
		for _, typ := range types {
			if s, _ := lab.LoadText(t, "package p\n\n"+fmt.Sprintf(where, typ)+fmt.Sprintf(rest, handler[0], handler[1])); s != nil {
				revisions[typ] = s // a variant is not optional
			}
		}
		if len(revisions) < len(types)/2 {
			t.Fatalf("%s: only %d types can stand there", where, len(revisions))
		}
		for from, old := range revisions {
			for to, new := range revisions {
				if got := strings.Fields(verdictsOf(old, new)); len(got) != 1 && from != to || len(got) > 1 {
					t.Errorf("%s: %s became %s: %v", where, from, to, got)
				}
			}
		}
	}
}

const verdictBase = `package p

const Max int32 = 5
enum E uint8 {
    none = 0
    one = 1
    two = 2
}
enum F uint16 { none = 0 }
message M {
    x int32 = 1
    y string = 2 @limit(10)
    e E = 3
    l []M2 = 4
    f F = 5
    reserved 20..29
}
message M2 {
    a bool = 1
    b int8 = 2
}
message Req { m M = 1 }
message Req2 { m M = 1 }
message Alone { a int8 = 1 }
union U {
    m M = 1
    m2 M2 = 2
}
error Gone = "p.gone" { m M = 1 }
error Other = "p.other"
extern X = "a/b.X"
message Ext { x X = 1 }
service S {
    subroute disk
    reserved 9
    rpc Get(Req) M2 = 1 {
        errors Gone, Other
    }
    rpc Put(Req2) = 2 {
        errors Gone
    }
    stream Watch(M) = 3 {
        in(4) M2
        out(8) U
    }
}
service T {
    rpc Ping(Ext) bytes = 4
}
`

// singleEdits are one change each: what a review says of it, and of the change
// back.
var singleEdits = []struct{ name, from, to, forth, back string }{
	{"const type", "Max int32", "Max int64", "source/const-changed", "source/const-changed"},
	{"const renamed", "const Max", "const Most", "source/const-deleted", "source/const-deleted"},
	{"const gone", "const Max int32 = 5\n", "", "source/const-deleted", ""},
	{"enum widened", "enum E uint8", "enum E uint16", "rollout/int-widened", "wire/enum-base-narrowed"},
	{"enum narrowed", "enum F uint16", "enum F uint8", "wire/enum-base-narrowed", "rollout/int-widened"},
	{"value added", "two = 2", "two = 2\n three = 3", "rollout/enum-value-added", "wire/enum-value-deleted"},
	{"value gone", "    two = 2\n", "", "wire/enum-value-deleted", "rollout/enum-value-added"},
	{"value reserved", "two = 2", "reserved 2", "source/enum-value-deleted", "wire/field-number-reused"},
	{"value renamed", "two = 2", "zwei = 2", "source/enum-value-renamed", "source/enum-value-renamed"},
	{"value moved", "two = 2", "two = 3", "wire/enum-number-changed", "wire/enum-number-changed"},
	{"values swapped", "one = 1\n    two = 2", "two = 1\n    one = 2", "wire/enum-number-changed wire/enum-number-changed", "wire/enum-number-changed wire/enum-number-changed"},
	{"field renamed", "x int32 = 1", "z int32 = 1", "source/field-renamed", "source/field-renamed"},
	{"field moved", "x int32 = 1", "x int32 = 9", "wire/field-number-changed", "wire/field-number-changed"},
	{"fields swapped", "x int32 = 1\n    y string = 2", "x int32 = 2\n y string = 1", "wire/field-number-changed wire/field-number-changed", "wire/field-number-changed wire/field-number-changed"},
	{"names swapped", "x int32 = 1\n    y string = 2", "y int32 = 1\n x string = 2", "wire/field-number-changed wire/field-number-changed", "wire/field-number-changed wire/field-number-changed"},
	{"field gone", "    x int32 = 1\n", "", "wire/field-deleted", ""},
	{"field reserved", "    x int32 = 1\n", "reserved 1\n", "source/field-deleted", "wire/field-number-reused"},
	{"field takes reserved", "    reserved 20..29", "n bool = 20\n reserved 21..29", "wire/field-number-reused", "source/field-deleted"},
	{"reserved gone", "    reserved 20..29\n", "", "wire/reserved-removed", ""},
	{"limit tight", "@limit(10)", "@limit(5)", "rollout/limit-tightened", "rollout/limit-loosened"},
	{"limit loose", "@limit(10)", "@limit(50)", "rollout/limit-loosened", "rollout/limit-tightened"},
	{"limit gone", "@limit(10)", "", "rollout/limit-loosened", "rollout/limit-tightened"},
	{"limit and type", "y string = 2 @limit(10)", "y bytes = 2 @limit(5)", "wire/field-type-changed", "wire/field-type-changed"},
	{"limit of message", "message M {", "@limit(100)\nmessage M {", "rollout/limit-tightened", "rollout/limit-loosened"},
	{"M2 renamed", "M2", "Mm", "source/type-renamed", "source/type-renamed"},
	{"alone changed", "message Alone { a int8 = 1", "message Alone { a string = 1", "wire/field-type-changed", "wire/field-type-changed"},
	{"alone gone", "message Alone { a int8 = 1 }\n", "", "source/type-deleted", ""},
	{"alone renamed", "Alone", "Lonely", "source/type-deleted", "source/type-deleted"},
	{"keys", "    a bool = 1\n    b int8 = 2", "a bool = \"a\"\n b int8 = \"b\"", "wire/field-number-changed", "wire/field-number-changed"},
	{"message becomes union", "message M2", "union M2", "wire/message-union-changed", "wire/message-union-changed"},
	{"alone becomes union", "message Alone", "union Alone", "wire/message-union-changed", "wire/message-union-changed"},
	{"alone becomes enum", "message Alone { a int8 = 1 }", "enum Alone int8 { none = 0 }", "wire/field-type-changed", "wire/field-type-changed"},
	{"union becomes message", "union U", "message U", "wire/message-union-changed", "wire/message-union-changed"},
	{"enum becomes message", "enum F uint16 { none = 0 }", "message F { a bool = 1 }", "wire/field-type-changed", "wire/field-type-changed"},
	{"enum becomes extern", "enum F uint16 { none = 0 }", "extern F = \"a/b.F\"", "wire/field-type-changed", "wire/field-type-changed"},
	{"union variant type", "m2 M2 = 2", "m2 M = 2", "wire/variant-type-changed", "wire/variant-type-changed"},
	{"union variant gone", "    m2 M2 = 2\n", "", "wire/variant-deleted", "rollout/variant-added"},
	{"union variant added", "    m2 M2 = 2\n", "m2 M2 = 2\n n bool = 3\n", "rollout/variant-added", "wire/variant-deleted"},
	{"error code", "p.gone", "p.lost", "wire/error-code-changed", "wire/error-code-changed"},
	{"error renamed", "Gone", "Lost", "source/type-renamed", "source/type-renamed"},
	{"error codes swapped", "error Gone = \"p.gone\" { m M = 1 }\nerror Other = \"p.other\"", "error Gone = \"p.other\" { m M = 1 }\nerror Other = \"p.gone\"", "wire/error-code-reused wire/error-code-reused", "wire/error-code-reused wire/error-code-reused"},
	{"error no longer declared", "errors Gone, Other", "errors Gone", "behavior/error-removed", "rollout/error-added"},
	{"error added", "rpc Put(Req2) = 2 {\n        errors Gone", "rpc Put(Req2) = 2 {\n        errors Gone, Other", "rollout/error-added", "behavior/error-removed"},
	{"extern moved", "a/b.X", "a/c.X", "wire/field-type-changed", "wire/field-type-changed"},
	{"extern becomes message", "extern X = \"a/b.X\"", "message X { }", "wire/field-type-changed", "wire/field-type-changed"},
	{"handler id", "Put(Req2) = 2", "Put(Req2) = 12", "wire/handler-id-changed", "wire/handler-id-changed"},
	{"handler takes reserved", "    reserved 9\n    rpc Get(Req) M2 = 1", "rpc Get(Req) M2 = 9", "wire/handler-id-changed", "rollout/handler-added"},
	{"reserved id used", "    reserved 9\n", "rpc N() = 9\n", "wire/handler-id-reused", "source/handler-deleted"},
	{"handler renamed", "rpc Put", "rpc Set", "source/handler-renamed", "source/handler-renamed"},
	{"handler gone", "    rpc Put(Req2) = 2 {\n        errors Gone\n    }\n", "", "wire/handler-deleted", "rollout/handler-added"},
	{"handler reserved", "    rpc Put(Req2) = 2 {\n        errors Gone\n    }\n", "reserved 2\n", "source/handler-deleted", "wire/handler-id-reused"},
	{"rpc becomes stream", "rpc Put(Req2) = 2 {", "stream Put(Req2) = 2 {", "wire/handler-kind-changed", "wire/handler-kind-changed"},
	{"stream becomes rpc", "stream Watch(M) = 3 {\n        in(4) M2\n        out(8) U\n    }", "rpc Watch(M) U = 3", "wire/handler-kind-changed", "wire/handler-kind-changed"},
	{"request gone", "Put(Req2)", "Put()", "wire/request-changed", "wire/request-changed"},
	{"request other", "Put(Req2)", "Put(M2)", "wire/request-changed", "wire/request-changed"},
	{"request same shape", "Put(Req2)", "Put(Req)", "source/handler-type-changed", "source/handler-type-changed"},
	{"request bytes", "Put(Req2)", "Put(bytes)", "wire/request-changed", "wire/request-changed"},
	{"request raw", "Put(Req2)", "Put(raw)", "source/handler-type-changed", "wire/request-changed"},
	{"request union", "Put(Req2)", "Put(U)", "wire/request-changed", "wire/request-changed"},
	{"response other", "Get(Req) M2", "Get(Req) M", "wire/response-changed", "wire/response-changed"},
	{"response gone", "Get(Req) M2", "Get(Req)", "wire/response-changed", "wire/response-changed"},
	{"response came", "Put(Req2) = 2", "Put(Req2) M = 2", "wire/response-changed", "wire/response-changed"},
	{"in gone", "        in(4) M2\n", "", "wire/in-changed", "wire/in-changed"},
	{"in other", "in(4) M2", "in(4) M", "wire/in-changed", "wire/in-changed"},
	{"in capacity", "in(4)", "in(5)", "behavior/capacity-changed", "behavior/capacity-changed"},
	{"in capacity and type", "in(4) M2", "in(5) M", "behavior/capacity-changed wire/in-changed", "behavior/capacity-changed wire/in-changed"},
	{"payload", "Watch(M)", "Watch(M2)", "wire/payload-changed", "wire/payload-changed"},
	{"subroute gone", "    subroute disk\n", "", "wire/subroute-changed", "wire/subroute-changed"},
	{"subroute renamed", "subroute disk", "subroute shelf", "", ""},
	{"subroute fixed", "subroute disk", "subroute \"disk\"", "wire/subroute-changed", "wire/subroute-changed"},
	{"timeout of service", "service S", "@timeout(5s)\nservice S", "behavior/timeout-changed", "behavior/timeout-changed"},
	{"priority of service", "service S", "@priority(high)\nservice S", "behavior/priority-changed", "behavior/priority-changed"},
	{"timeout", "    rpc Put", "@timeout(5s)\nrpc Put", "behavior/timeout-changed", "behavior/timeout-changed"},
	{"idempotent", "    rpc Put", "@idempotent\nrpc Put", "behavior/idempotent-changed", "behavior/idempotent-changed"},
	{"reuse", "    rpc Get", "@reuse\nrpc Get", "behavior/reuse-changed", "source/handler-into-deleted"},
	{"service renamed", "service S", "service Sss", "source/service-renamed", "source/service-renamed"},
	{"service gone", "service T {\n    rpc Ping(Ext) bytes = 4\n}\n", "", "wire/handler-deleted", "rollout/handler-added"},
	{"package renamed", "package p", "package q", "source/package-renamed", "source/package-renamed"},
	{"deprecated", "message Alone", "@deprecated(\"x\")\nmessage Alone", "", ""},
	{"go name", "message Alone", "@go(name: \"Al\")\nmessage Alone", "source/type-renamed", "source/type-renamed"},
	{"go name of field", "x int32 = 1", "x int32 = 1 @go(name: \"Q\")", "source/field-renamed", "source/field-renamed"},
	{"go name of service", "service S", "@go(name: \"Q\")\nservice S", "source/service-renamed", "source/service-renamed"},
	{"handler moved", "rpc Ping(Ext) bytes = 4\n}", "}\nservice V {\nrpc Ping(Ext) bytes = 4\n}", "source/handler-moved", "source/service-deleted"},
	{"secret", "x int32 = 1", "x int32 = 1 @secret", "behavior/secret-changed", "behavior/secret-changed"},
	{"name in JSON", "x int32 = 1", "x int32 = 1 @json(name: \"q\")", "behavior/json-changed", "behavior/json-changed"},
	{"optional", "e E = 3", "e E? = 3", "rollout/optional-changed", "rollout/optional-changed"},
	{"optional message", "m M = 1 }\nmessage Req2", "m M? = 1 }\nmessage Req2", "rollout/optional-changed", "rollout/optional-changed"},
	{"const value", "Max int32 = 5", "Max int32 = 6", "source/const-changed", "source/const-changed"},
	{"moved to a reserved number", "x int32 = 1\n    y string = 2 @limit(10)\n    e E = 3\n    l []M2 = 4\n    f F = 5\n    reserved 20..29", "x int32 = 20\n    y string = 2 @limit(10)\n    e E = 3\n    l []M2 = 4\n    f F = 5\n    reserved 21..29", "wire/field-number-changed", "wire/field-number-changed"},
}

// One change is one finding, so that nobody reads two opinions of it.
func TestOneChangeHasOneVerdict(t *testing.T) {
	base := lab.MustLoad(t, verdictBase)
	for _, edit := range singleEdits {
		edited := strings.ReplaceAll(verdictBase, edit.from, edit.to)
		if edited == verdictBase {
			t.Errorf("%s: nothing is edited", edit.name)
			continue
		}
		other := lab.MustLoad(t, edited)
		if got := verdictsOf(base, other); got != edit.forth {
			t.Errorf("%s: %q, want %q", edit.name, got, edit.forth)
		}
		if got := verdictsOf(other, base); got != edit.back {
			t.Errorf("%s, back: %q, want %q", edit.name, got, edit.back)
		}
	}
}

// The name of a package is Go's: what it holds is compared as before, also what no
// handler of its own reaches.
func TestTypesOfARenamedPackageAreCompared(t *testing.T) {
	text := "package p\nmessage Alone { a int8 = 1 }\nunion U { a Alone = 1 }\n"
	base := lab.MustLoad(t, text)
	for change, want := range map[string]string{
		"int8 = 1 => string = 1":  "wire/field-type-changed",
		"Alone = 1 => string = 1": "wire/variant-type-changed",
		"int8 = 1 => int16 = 1":   "rollout/int-widened",
		"package p => package q":  "",
	} {
		from, to, _ := strings.Cut(change, " => ")
		edited := strings.ReplaceAll(strings.ReplaceAll(text, from, to), "package p\n", "package q\n")
		got := verdictsOf(base, lab.MustLoad(t, edited))
		if want = strings.TrimSpace("source/package-renamed " + want); got != want {
			t.Errorf("%s: %q, want %q", change, got, want)
		}
	}
}
