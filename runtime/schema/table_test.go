package schema

// Builders that keep the tables of the tests short.

func typ(k Kind) *Type          { return &Type{Kind: k} }
func opt(t *Type) *Type         { c := *t; c.Optional = true; return &c }
func listOf(elem *Type) *Type   { return &Type{Kind: List, Elem: elem} }
func mapOf(k, elem *Type) *Type { return &Type{Kind: Map, Key: k, Elem: elem} }
func shape(k Kind, i int) *Type { return &Type{Kind: k, Shape: i} }

func field(name string, number int, t *Type) Field {
	return Field{Name: name, Number: number, Type: *t}
}

func message(name string, fields ...Field) Shape {
	return Shape{Kind: Message, Name: name, Fields: fields}
}

// oneField is a table of one rpc whose request is a message with one field.
func oneField(t *Type, shapes ...Shape) *Table {
	all := append([]Shape{message("p.Req", field("f", 1, t))}, shapes...)
	return &Table{
		Shapes:   all,
		Handlers: []Handler{{ID: 7, Name: "p.S.Call", Request: shape(Message, 0)}},
	}
}

// sample uses every construct, with a type that contains itself.
func sample() *Table {
	return &Table{
		Shapes: []Shape{
			{
				Kind: Message, Name: "p.Node", Limit: 1 << 20, Reserved: []Range{{8, 9}}, Keys: []string{"old"},
				Fields: []Field{
					field("id", 1, typ(UUID)),
					field("children", 2, listOf(shape(Message, 0))),
					field("state", 3, shape(Enum, 1)),
					field("labels", 4, mapOf(typ(String), listOf(typ(Time)))),
					{Name: "name", Number: 5, Type: *opt(typ(String)), Limit: 64},
					{Name: "token", Number: 7, Type: *typ(String), Secret: true},
					field("ext", 6, shape(Extern, 3)),
				},
			},
			{Kind: Enum, Name: "p.State", Base: Uint8, Values: []Value{{"unknown", 0}, {"up", 1}}, Reserved: []Range{{4, 4}}},
			{Kind: Union, Name: "p.Op", Fields: []Field{field("put", 1, shape(Message, 0)), field("raw", 2, typ(Raw))}},
			{Kind: Extern, Name: "example.com/x.T"},
			{Kind: Message, Name: "p.Legacy", Fields: []Field{{Name: "vid", Key: "vid", Type: *typ(Int64)}}},
		},
		Handlers: []Handler{
			{ID: 9, Name: "p.S.Get", Subroutes: []string{"", "admin"}, Request: shape(Message, 4), Response: shape(Message, 0), Errors: []Error{{"p.gone", 4}}},
			{ID: 12, Name: "p.S.Do", Stream: true, In: shape(Union, 2), InCapacity: 16, Out: typ(Bytes), OutCapacity: 65535},
		},
		Reserved: []Range{{14, 15}},
	}
}
