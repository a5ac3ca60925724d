package proof

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/gridrpc/gridc/compiler/internal/proof/gen/rules"
	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/codec"
	"github.com/gridrpc/gridc/runtime/gridtest"
)

// lockedBuffer is written by the handlers of a node.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

// lines are what was logged since the last time.
func (b *lockedBuffer) lines(t *testing.T) (all []map[string]any) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for line := range bytes.Lines(b.b.Bytes()) {
		var one map[string]any
		if err := json.Unmarshal(line, &one); err != nil {
			t.Errorf("%v in %s", err, line)
		}
		if strings.Contains(string(line), "hunter2") {
			t.Errorf("a secret is in %s", line)
		}
		all = append(all, one)
	}
	b.b.Reset()
	return all
}

// The access log has a line for each call that this node serves, and no secret.
func TestAccessLog(t *testing.T) {
	log := &lockedBuffer{}
	s := &ruledServer{}
	mesh := gridtest.New(t, gridtest.Options{
		Nodes: []string{"a", "b"},
		Configure: func(_ string, o *grid.Options) { // a calls, and logs nothing
			o.Observers = []grid.Observer{grid.AccessLog(slog.New(slog.NewJSONHandler(log, nil)))}
		},
		Register: func(node *gridtest.Node) error { return rules.RegisterRules(node.Manager(), s) },
	})
	if err := mesh.WaitConnected(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := mesh.Connection("a", "b")
	client := rules.NewRulesClient(c)
	if _, err := client.Join(t.Context(), goodGroup()); err != nil {
		t.Fatal(err)
	}
	_, _ = joinByHand.Call(t.Context(), c, &rules.Group{Bucket: "bad", Pin: 1234})
	load, err := client.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_ = load.Send(&rules.Place{X: 1})
	if _, err := load.CloseAndRecv(); err != nil {
		t.Fatal(err)
	}
	_, _ = c.Request(t.Context(), 99, nil) // which nobody has: refused at this end
	mesh.Node("b").Manager().Connection("a")
	lines := log.lines(t)
	if len(lines) != 3 {
		t.Fatalf("%d lines: %v", len(lines), lines)
	}
	joined, refused, loaded := lines[0], lines[1], lines[2]
	request, _ := joined["request"].(map[string]any)
	if joined["level"] != "INFO" || joined["msg"] != "grid: served" || joined["handler"] != "rules.Rules.Join" || joined["peer"] != "a" || joined["outcome"] != "ran" {
		t.Errorf("got %v", joined)
	}
	if request["Bucket"] != "b-1" || request["Pin"] != "(secret)" || request["Keys"] != "(secret)" || request["Odd"] != "[1, 3]" {
		t.Errorf("of the request it has %v", request)
	}
	if text, _ := refused["err"].(string); refused["level"] != "WARN" || refused["outcome"] != "rejected" || refused["code"] != "invalid_argument" || !strings.Contains(text, "rules.Group.bucket") {
		t.Errorf("got %v", refused)
	}
	if request, _ = refused["request"].(map[string]any); request["Bucket"] != "bad" || request["Pin"] != "(secret)" {
		t.Errorf("of a refused request it has %v", request)
	}
	if loaded["handler"] != "rules.Rules.Load" || loaded["messages_received"] != 1.0 || loaded["messages_sent"] != 1.0 || loaded["request"] != nil {
		t.Errorf("got %v", loaded)
	}
}

// What is long is cut in a log, and the rest is counted.
func TestLogged(t *testing.T) {
	g := goodGroup()
	g.Bucket = strings.Repeat("ä", 1000)
	g.Odd = make([]int32, 600)
	g.Names = map[string]string{}
	for i := range 20 {
		g.Names[string(rune('a'+i))] = strings.Repeat("x", 1000)
	}
	for range 600 {
		g.Addresses = append(g.Addresses, goodAddress())
	}
	value := codec.Logged(g)
	got := map[string]string{}
	for _, a := range value.Group() {
		got[a.Key] = a.Value.String()
		if len(a.Value.String()) > 2<<10 {
			t.Errorf("%s has %d bytes", a.Key, len(a.Value.String()))
		}
	}
	for field, want := range map[string]string{
		"Bucket": "ä… (2000 bytes)", "Odd": "0, … (600 entries)]", "Names": "…", "Addresses": "… (601 entries)]", "Pin": "(secret)", "Keys": "(secret)",
	} {
		if !strings.HasSuffix(strings.TrimRight(got[field], "}"), want) && !strings.Contains(got[field], want) {
			t.Errorf("%s is %q, which does not end with %q", field, got[field], want)
		}
	}
	if text := codec.Logged(&rules.Wants{Data: make([]byte, 5000), Text: "t"}).String(); text != "[Text=t Data=5000 bytes]" {
		t.Errorf("got %s", text)
	}
	own := grid.Bytes("hunter2")
	if text := codec.Logged(&own).String(); strings.Contains(text, "hunter2") {
		t.Errorf("of bytes there is %s", text)
	}
	g.Parent = g
	if text := codec.Logged(g).String(); len(text) > 8<<10 {
		t.Errorf("a value that contains itself has %d bytes", len(text))
	}
}
