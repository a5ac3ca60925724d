package schema

import (
	"reflect"
	"strings"
	"testing"
)

// The rows of "Compatibility, measured on msgpack" in the language's design, as
// the type of one field of a request: what a review calls the change, and
// whether a session closes the handler for a client that is older (oldClient)
// or newer (newClient) than its server.
func TestTypesOfOneField(t *testing.T) {
	enum := Shape{Kind: Enum, Name: "p.E", Base: Uint8, Values: []Value{{"zero", 0}}}
	wide := Shape{Kind: Enum, Name: "p.E", Base: Uint16, Values: []Value{{"zero", 0}}}
	msg, uni := message("p.M"), Shape{Kind: Union, Name: "p.U"}
	ext, ext2 := Shape{Kind: Extern, Name: "a.T"}, Shape{Kind: Extern, Name: "b.T"}
	table := func(t *Type, shapes ...Shape) *Table { return oneField(t, shapes...) }

	tests := map[string]struct {
		old, new             *Table
		rule                 Rule // "" for none
		oldClient, newClient bool // closed
	}{
		"same":                {table(typ(Int64)), table(typ(Int64)), "", false, false},
		"to optional":         {table(typ(Int64)), table(opt(typ(Int64))), OptionalChanged, false, false},
		"optional to list":    {table(opt(typ(Int32))), table(listOf(typ(Int32))), FieldCardinalityChanged, true, true},
		"optional widened":    {table(typ(Int32)), table(opt(typ(Int64))), IntWidened, false, false},
		"optional, other":     {table(opt(typ(String))), table(typ(Bytes)), FieldTypeChanged, true, true},
		"optional to raw":     {table(opt(typ(String))), table(typ(Raw)), "", false, false},
		"raw to optional":     {table(typ(Raw)), table(opt(typ(Raw))), OptionalChanged, false, false},
		"key and element":     {table(mapOf(typ(String), typ(Int8))), table(mapOf(typ(Int8), listOf(typ(Int8)))), FieldTypeChanged, true, true},
		"duration is int64":   {table(typ(Duration)), table(typ(Int64)), "", false, false},
		"int64 is duration":   {table(typ(Int64)), table(typ(Duration)), "", false, false},
		"to raw":              {table(listOf(typ(Bool))), table(typ(Raw)), "", false, false},
		"from raw":            {table(typ(Raw)), table(typ(Bool)), FieldTypeChanged, false, false},
		"int widened":         {table(typ(Int32)), table(typ(Int64)), IntWidened, false, false},
		"unsigned widened":    {table(typ(Uint8)), table(typ(Int16)), IntWidened, false, false},
		"int narrowed":        {table(typ(Int64)), table(typ(Int32)), FieldTypeChanged, false, false},
		"sign changed":        {table(typ(Int32)), table(typ(Uint32)), FieldTypeChanged, false, false},
		"float widened":       {table(typ(Float32)), table(typ(Float64)), FloatWidened, false, false},
		"float narrowed":      {table(typ(Float64)), table(typ(Float32)), FieldTypeChanged, false, false},
		"string to bytes":     {table(typ(String)), table(typ(Bytes)), FieldTypeChanged, true, true},
		"int to float":        {table(typ(Int64)), table(typ(Float64)), FieldTypeChanged, false, false},
		"float to duration":   {table(typ(Float32)), table(typ(Duration)), FieldTypeChanged, false, false},
		"bool to int":         {table(typ(Bool)), table(typ(Int8)), FieldTypeChanged, true, true},
		"time to int64":       {table(typ(Time)), table(typ(Int64)), FieldTypeChanged, true, true},
		"uuid to bytes":       {table(typ(UUID)), table(typ(Bytes)), FieldTypeChanged, false, true},
		"bytes to uuid":       {table(typ(Bytes)), table(typ(UUID)), FieldTypeChanged, true, false},
		"to list":             {table(typ(String)), table(listOf(typ(String))), FieldCardinalityChanged, true, true},
		"list to map":         {table(listOf(typ(Bool))), table(mapOf(typ(Int8), typ(Bool))), FieldCardinalityChanged, true, true},
		"element changed":     {table(listOf(typ(String))), table(listOf(typ(Bytes))), FieldTypeChanged, true, true},
		"map key changed":     {table(mapOf(typ(String), typ(Bool))), table(mapOf(typ(Int8), typ(Bool))), FieldTypeChanged, true, true},
		"enum to its integer": {table(shape(Enum, 1), enum), table(typ(Uint8)), "", false, false},
		"enum widened":        {table(shape(Enum, 1), enum), table(shape(Enum, 1), wide), IntWidened, false, false},
		"enum narrowed":       {table(shape(Enum, 1), wide), table(shape(Enum, 1), enum), EnumBaseNarrowed, false, false},
		"message to union":    {table(shape(Message, 1), msg), table(shape(Union, 1), uni), MessageUnionChanged, true, true},
		"message to map":      {table(shape(Message, 1), msg), table(mapOf(typ(Int8), typ(Bool))), FieldTypeChanged, true, true},
		"same extern":         {table(shape(Extern, 1), ext), table(shape(Extern, 1), ext), "", false, false},
		"other extern":        {table(shape(Extern, 1), ext), table(shape(Extern, 1), ext2), FieldTypeChanged, false, false},
		"extern to message":   {table(shape(Extern, 1), ext), table(shape(Message, 1), msg), FieldTypeChanged, false, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			expectOnly(t, NewReview(tt.old, tt.new).Handler(7), tt.rule)
			for _, s := range []struct {
				client, server *Table
				closed         bool
			}{{tt.old, tt.new, tt.oldClient}, {tt.new, tt.old, tt.newClient}} {
				v := NewSession(s.client, s.server).Handler(7)
				if closed := len(v) > 0; closed != s.closed {
					t.Errorf("closed %v, want %v: %s", closed, s.closed, v.Reason())
				}
			}
		})
	}
}

func expectOnly(t *testing.T, v Verdict, rules ...Rule) {
	t.Helper()
	var got []string
	for _, f := range v {
		got = append(got, string(f.Rule))
	}
	var want []string
	for _, r := range rules {
		if r != "" {
			want = append(want, string(r))
		}
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("got %v (%s), want %v", got, v.Reason(), want)
	}
}

func TestDirectionFollowsWhoReads(t *testing.T) {
	narrow, wide := oneField(typ(Float32)), oneField(typ(Float64))
	if v := NewReview(narrow, wide).Handler(7); v[0].SafeOrder() != ServersFirst {
		t.Errorf("request widened: order %v, want the readers, which are servers, first", v[0].SafeOrder())
	}
	for _, table := range []*Table{narrow, wide} {
		h := &table.Handlers[0]
		h.Request, h.Response = nil, h.Request
	}
	if v := NewReview(narrow, wide).Handler(7); v[0].SafeOrder() != ClientsFirst {
		t.Errorf("response widened: order %v, want the readers, which are clients, first", v[0].SafeOrder())
	}
	data, id := oneField(typ(Bytes)), oneField(typ(UUID))
	for _, table := range []*Table{data, id} {
		h := &table.Handlers[0]
		h.Request, h.Response = nil, h.Request
	}
	if v := NewSession(id, data).Handler(7); len(v) != 1 {
		t.Error("a client of uuid was left open to a server of bytes")
	}
	if v := NewSession(data, id).Handler(7); len(v) != 0 {
		t.Errorf("a client of bytes reads a uuid, but: %s", v.Reason())
	}
}

// A number that is not in the form of the field's type is read where it is exactly
// one of that type's: what each side may refuse of the other says which.
func TestRisksOfNumbers(t *testing.T) {
	for _, tt := range []struct {
		old, new Kind
		risks    Direction
	}{
		{Int32, Float64, OldReadsNew}, // every int32 is a float64, a fraction is no int32
		{Int64, Float64, BothWays},    // nor is every int64 a float64
		{Uint16, Float32, OldReadsNew},
		{Int32, Float32, BothWays},
		{Float64, Int32, NewReadsOld},
		{Float64, Duration, BothWays},
		{Float32, Float64, OldReadsNew},
		{Float64, Float32, NewReadsOld},
	} {
		v := NewReview(oneField(typ(tt.old)), oneField(typ(tt.new))).Handler(7)
		if len(v) != 1 || v[0].Fails != 0 || v[0].Risks != tt.risks {
			t.Errorf("%v to %v: %+v, want risks %b", tt.old, tt.new, v, tt.risks)
		}
	}
}

func TestMembersOfShapes(t *testing.T) {
	edit := func(f func(*Table)) *Table { t := sample(); f(t); return t }
	node := func(f func(*Shape)) *Table { return edit(func(t *Table) { f(&t.Shapes[0]) }) }
	drop := func(s *Shape) { s.Fields = s.Fields[1:] }

	tests := map[string]struct {
		id    uint16
		new   *Table
		rules []Rule
	}{
		"message renamed":   {9, node(func(s *Shape) { s.Name = "p.X" }), nil},
		"field renamed":     {9, node(func(s *Shape) { s.Fields[0].Name = "x" }), nil},
		"field added":       {9, node(func(s *Shape) { s.Fields = append(s.Fields, field("n", 30, typ(Bool))) }), nil},
		"field deleted":     {9, node(drop), []Rule{FieldDeleted}},
		"deleted, reserved": {9, node(func(s *Shape) { drop(s); s.Reserved = append(s.Reserved, Range{1, 1}) }), nil},
		"field moved":       {9, node(func(s *Shape) { s.Fields[0].Number = 30 }), []Rule{FieldNumberChanged}},
		"moved, reserved":   {9, node(func(s *Shape) { s.Fields[0].Number = 30; s.Reserved = append(s.Reserved, Range{1, 1}) }), []Rule{FieldNumberChanged}},
		"fields swapped":    {9, node(func(s *Shape) { s.Fields[0].Name, s.Fields[2].Name = "state", "id" }), []Rule{FieldNumberChanged, FieldNumberChanged}},
		"place taken over":  {9, node(func(s *Shape) { s.Fields[3].Name = "name"; s.Fields[4].Name = "x" }), []Rule{FieldNumberChanged}},
		"values swapped":    {9, edit(func(t *Table) { t.Shapes[1].Values = []Value{{"up", 0}, {"unknown", 1}} }), []Rule{EnumNumberChanged, EnumNumberChanged}},
		"reserved used":     {9, node(func(s *Shape) { s.Fields = append(s.Fields, field("n", 8, typ(Bool))) }), []Rule{FieldNumberReused}},
		"reserved removed":  {9, node(func(s *Shape) { s.Reserved = []Range{{8, 8}} }), []Rule{ReservedRemoved}},
		"reserved key gone": {9, node(func(s *Shape) { s.Keys = nil }), []Rule{ReservedRemoved}},
		"reserved joined":   {9, node(func(s *Shape) { s.Reserved = []Range{{9, 20}, {8, 8}} }), nil},
		"limit tightened":   {9, node(func(s *Shape) { s.Fields[4].Limit = 63 }), []Rule{LimitTightened}},
		"limit loosened":    {9, node(func(s *Shape) { s.Fields[4].Limit = 0 }), []Rule{LimitLoosened}},
		"default is limit":  {9, node(func(s *Shape) { s.Fields[1].Limit = 65_536 }), nil},
		"size tightened":    {9, node(func(s *Shape) { s.Limit = 1 << 10 }), []Rule{LimitTightened}},
		"value added":       {9, edit(func(t *Table) { t.Shapes[1].Values = append(t.Shapes[1].Values, Value{"x", 7}) }), []Rule{EnumValueAdded}},
		"value deleted":     {9, edit(func(t *Table) { t.Shapes[1].Values = t.Shapes[1].Values[:1] }), []Rule{EnumValueDeleted}},
		"value moved":       {9, edit(func(t *Table) { t.Shapes[1].Values[1].Number = 7 }), []Rule{EnumNumberChanged}},
		"variant added":     {12, edit(func(t *Table) { t.Shapes[2].Fields = append(t.Shapes[2].Fields, field("x", 3, typ(Bool))) }), []Rule{VariantAdded}},
		"variant deleted":   {12, edit(func(t *Table) { t.Shapes[2].Fields = t.Shapes[2].Fields[1:] }), []Rule{VariantDeleted}},
		"variant changed":   {12, edit(func(t *Table) { t.Shapes[2].Fields[0].Type = *typ(Bytes) }), []Rule{VariantTypeChanged}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			expectOnly(t, NewReview(sample(), tt.new).Handler(tt.id), tt.rules...)
		})
	}
}

func TestHandlers(t *testing.T) {
	edit := func(f func(*Table)) *Table { t := sample(); f(t); return t }
	get := func(f func(*Handler)) *Table { return edit(func(t *Table) { f(&t.Handlers[0]) }) }
	do := func(f func(*Handler)) *Table { return edit(func(t *Table) { f(&t.Handlers[1]) }) }

	tests := map[string]struct {
		new    *Table
		rule   Rule
		closed bool
	}{
		"renamed":          {get(func(h *Handler) { h.Name = "p.S.Fetch" }), "", false},
		"request gone":     {get(func(h *Handler) { h.Request = nil }), RequestChanged, true},
		"response kind":    {get(func(h *Handler) { h.Response = typ(Bytes) }), ResponseChanged, true},
		"subroute":         {get(func(h *Handler) { h.Subroutes = []string{"", "root"} }), SubrouteChanged, false},
		"error code":       {get(func(h *Handler) { h.Errors[0].Code = "p.lost" }), ErrorCodeChanged, false},
		"error removed":    {get(func(h *Handler) { h.Errors = nil }), ErrorRemoved, false},
		"error added":      {get(func(h *Handler) { h.Errors = append(h.Errors, Error{"p.new", 0}) }), ErrorAdded, false},
		"payload came":     {do(func(h *Handler) { h.Request = shape(Message, 0) }), PayloadChanged, true},
		"bytes to raw":     {do(func(h *Handler) { h.Out = typ(Raw) }), OutChanged, true},
		"in gone":          {do(func(h *Handler) { h.In = nil }), InChanged, true},
		"out kind":         {do(func(h *Handler) { h.Out = shape(Message, 4) }), OutChanged, true},
		"capacity":         {do(func(h *Handler) { h.OutCapacity = 1 }), CapacityChanged, false},
		"out to response":  {do(func(h *Handler) { h.Response, h.Out, h.OutCapacity = h.Out, nil, 0 }), AnswerChanged, false},
		"another response": {do(func(h *Handler) { h.Response, h.Out, h.OutCapacity = shape(Message, 4), nil, 0 }), AnswerChanged, true},
		"stream to rpc":    {edit(func(t *Table) { t.Handlers[1] = Handler{ID: 12, Name: "p.S.Do"} }), HandlerKindChanged, true},
		"string to number": {edit(func(t *Table) { t.Shapes[4].Fields[0] = field("vid", 1, typ(Int64)) }), FieldNumberChanged, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			v := NewReview(sample(), tt.new).Table()
			if tt.rule == "" && len(v) > 0 || tt.rule != "" && (len(v) == 0 || v[0].Rule != tt.rule) {
				t.Errorf("got %v, want %q", v, tt.rule)
			}
			s := append(NewSession(sample(), tt.new).Handler(9), NewSession(sample(), tt.new).Handler(12)...)
			if closed := len(s) > 0; closed != tt.closed {
				t.Errorf("closed %v, want %v: %s", closed, tt.closed, s.Reason())
			}
		})
	}
}

// A client that waits for one response does not take what a server streams out, nor the
// end of a stream without any; the other way round it reads one message.
func TestResponsesOfStreams(t *testing.T) {
	of := func(h Handler) *Table {
		h.ID, h.Name, h.Stream, h.In, h.InCapacity = 1, "p.S.Put", true, typ(Raw), 4
		table := &Table{Handlers: []Handler{h}}
		if err := table.Validate(); err != nil {
			t.Fatal(err)
		}
		return table
	}
	one, many, none := of(Handler{Response: typ(Raw)}), of(Handler{Out: typ(Raw), OutCapacity: 1}), of(Handler{})
	for _, tt := range []struct {
		old, new *Table
		rule     Rule
		order    Order
		closed   [2]bool // an old client at a new server, a new client at an old server
	}{
		{many, one, AnswerChanged, ServersFirst, [2]bool{false, true}},
		{one, many, AnswerChanged, ClientsFirst, [2]bool{true, false}},
		{none, one, ResponseChanged, NoOrder, [2]bool{true, true}},
		{one, none, ResponseChanged, NoOrder, [2]bool{true, true}},
	} {
		v := NewReview(tt.old, tt.new).Handler(1)
		expectOnly(t, v, tt.rule)
		if order := v[0].SafeOrder(); order != tt.order {
			t.Errorf("%s: order %v, want %v", v.Reason(), order, tt.order)
		}
		if oldClient, newClient := NewSession(tt.old, tt.new).Handler(1), NewSession(tt.new, tt.old).Handler(1); (len(oldClient) > 0) != tt.closed[0] || (len(newClient) > 0) != tt.closed[1] {
			t.Errorf("%s: closed for an old client %v, for a new one %v", v.Reason(), oldClient, newClient)
		}
	}
	digests := map[uint64]bool{Digest(one): true, Digest(many): true, Digest(none): true}
	if len(digests) != 3 {
		t.Error("digests of the three are not different")
	}
	got, err := Decode(Append(nil, one))
	if err != nil || !reflect.DeepEqual(got, one) {
		t.Errorf("came back as %+v, %v", got, err)
	}
}

func TestErrorCodeThatWandersIsReused(t *testing.T) {
	two := func(first, second string) *Table {
		return &Table{
			Shapes:   []Shape{message("p.A"), message("p.B")},
			Handlers: []Handler{{ID: 1, Errors: []Error{{first, 0}, {second, 1}}}},
		}
	}
	v := NewReview(two("x", "y"), two("y", "x")).Handler(1)
	expectOnly(t, v, ErrorCodeReused, ErrorCodeReused)
}

func TestErrorBodiesAreComparedToo(t *testing.T) {
	changed := sample()
	changed.Shapes[4].Fields[0].Type = *typ(String)
	changed.Handlers[0].Request, changed.Handlers[1].Request = nil, nil
	old := sample()
	old.Handlers[0].Request = nil
	v := NewSession(old, changed).Handler(9)
	if len(v) != 1 || v[0].Slot != Errors {
		t.Errorf("got %v, want one finding about the error's body", v)
	}
}

func TestTableOfHandlers(t *testing.T) {
	edit := func(f func(*Table)) *Table { t := sample(); f(t); return t }
	tests := map[string]struct {
		new  *Table
		rule Rule
	}{
		"deleted":           {edit(func(t *Table) { t.Handlers = t.Handlers[1:] }), HandlerDeleted},
		"deleted, reserved": {edit(func(t *Table) { t.Handlers = t.Handlers[1:]; t.Reserved = []Range{{9, 9}, {14, 15}} }), ""},
		"id changed":        {edit(func(t *Table) { t.Handlers[0].ID = 8 }), HandlerIDChanged},
		"id changed openly": {edit(func(t *Table) { t.Handlers[0].ID = 8; t.Reserved = append(t.Reserved, Range{9, 9}) }), HandlerAdded},
		"id reused":         {edit(func(t *Table) { t.Handlers = append(t.Handlers, Handler{ID: 14, Name: "p.S.New"}) }), HandlerIDReused},
		"added":             {edit(func(t *Table) { t.Handlers = append(t.Handlers, Handler{ID: 20, Name: "p.S.New"}) }), HandlerAdded},
		"reserved removed":  {edit(func(t *Table) { t.Reserved = nil }), ReservedRemoved},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			expectOnly(t, NewReview(sample(), tt.new).Table(), tt.rule)
		})
	}
	swapped := edit(func(t *Table) { t.Handlers[0].Name, t.Handlers[1].Name = "p.S.Do", "p.S.Get" })
	expectOnly(t, NewReview(sample(), swapped).Table(), HandlerIDReused, HandlerIDReused)
	added := NewReview(sample(), tests["added"].new).Table()
	if added[0].SafeOrder() != ServersFirst {
		t.Error("a handler must be served before it is called")
	}
}

func TestTypesThatContainThemselvesEnd(t *testing.T) {
	// A list of one shape on one side, two shapes that take turns on the other:
	// different tables, the same wire.
	one := &Table{
		Shapes:   []Shape{message("p.L", field("next", 1, opt(shape(Message, 0))))},
		Handlers: []Handler{{ID: 1, Request: shape(Message, 0)}},
	}
	two := &Table{
		Shapes: []Shape{
			message("p.A", field("next", 1, opt(shape(Message, 1)))),
			message("p.B", field("next", 1, opt(shape(Message, 0)))),
		},
		Handlers: []Handler{{ID: 1, Request: shape(Message, 0)}},
	}
	expectOnly(t, NewReview(one, two).Handler(1))
	two.Shapes[1].Fields[0].Type = *typ(Bool)
	if v := NewSession(one, two).Handler(1); len(v) != 1 {
		t.Errorf("got %v, want the change in the second shape to be found", v)
	}
}

func TestHostileTableCannotKeepTheJudgeBusy(t *testing.T) {
	// Every field of ours that contains our shape meets every shape of theirs.
	ours, theirs := message("p.Ours"), []Shape{}
	for n := 1; n <= 64; n++ {
		ours.Fields = append(ours.Fields, field("f", n, shape(Message, 0)))
	}
	const chain = 20_000
	for i := range chain {
		s := message("p.T")
		for n := 1; n <= 8; n++ {
			s.Fields = append(s.Fields, field("f", n, shape(Message, (i*8+n)%chain)))
		}
		theirs = append(theirs, s)
	}
	call := []Handler{{ID: 1, Request: shape(Message, 0)}}
	v := NewSession(&Table{[]Shape{ours}, call, nil}, &Table{theirs, call, nil}).Handler(1)
	if len(v) != 1 || v[0].Rule != TooComplex {
		t.Errorf("got %v, want the judge to give up", v.Reason())
	}
}

func TestReasonsCanBeRead(t *testing.T) {
	changed := sample()
	changed.Shapes[4].Fields[0].Type = *typ(String)
	changed.Shapes[4].Name = "p.\x1b[31mEvil`" + strings.Repeat("x", 200)
	changed.Handlers[0].Errors = nil
	v := NewSession(changed, sample()).Handler(9)
	want := "request: `p.?[31mEvil?" + strings.Repeat("x", 68) + "…` field `vid`: string at the client, int64 at the server"
	if got := v.Reason(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	review := NewReview(sample(), oneField(typ(Bool))).Table()
	if got := review.Reason(); strings.Count(got, "; ") > reasonsShown {
		t.Errorf("too long: %s", got)
	}
}
