package call

import (
	"strings"
	"testing"

	"github.com/gridrpc/gridc/runtime/schema"
)

// What is in a table of the annotations of messages and fields is shown with them.
func TestDescribeShowsAnnotations(t *testing.T) {
	table := &schema.Table{
		Shapes: []schema.Shape{{Kind: schema.Message, Name: "p.Login", Tuple: true, Fields: []schema.Field{
			{Name: "user", Number: 1, Type: schema.Type{Kind: schema.String}, Limit: 64},
			{Name: "word", Number: 2, Type: schema.Type{Kind: schema.String}, Limit: 8, Secret: true},
		}}},
		Handlers: []schema.Handler{{ID: 1, Name: "p.S.Enter", Request: &schema.Type{Kind: schema.Message}}},
	}
	var b strings.Builder
	if err := (&Method{table: table, handler: &table.Handlers[0]}).Describe(&b); err != nil {
		t.Fatal(err)
	}
	want := `rpc p.S.Enter(p.Login) = 1

@tuple
message p.Login {
    user string = 1 @limit(64)
    word string = 2 @limit(8) @secret
}
`
	if b.String() != want {
		t.Errorf("%s, want\n%s", b.String(), want)
	}
}
