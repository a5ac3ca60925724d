package breaking

import (
	"slices"
	"testing"

	"github.com/gridrpc/gridc/compiler/internal/lab"
	"github.com/gridrpc/gridc/runtime/schema"
)

// What moved is told as that, and what changed on the way beside it.
func TestMoved(t *testing.T) {
	box := "message Box {\n    size uint16 = 1\n}\n"
	for name, x := range map[string]struct {
		old, new lab.Memory
		want     []string // rules and subjects
	}{
		"a second product has a package of the same name": {
			lab.Memory{"a/common.grid": "package common\n" + box},
			lab.Memory{"a/common.grid": "package common\n" + box, "b/common.grid": "package common\n" + box},
			nil,
		},
		"and has it no longer": {
			lab.Memory{"a/common.grid": "package common\n" + box, "b/other.grid": "package common\n"},
			lab.Memory{"a/common.grid": "package common\n\nmessage Box {\n    size uint8 = 1\n}\n"},
			[]string{"source/package-deleted b/common", "wire/field-type-changed a/common.Box.1"},
		},
		"a service stays where it is": {
			lab.Memory{"a/common.grid": "package common\n\nservice S {\n    rpc Get() bytes = 1\n}\n"},
			lab.Memory{"a/common.grid": "package common\n\nservice S {\n    rpc Get() bytes = 1\n}\n", "b/common.grid": "package common\n" + box},
			nil,
		},
		"a type that no handler has": {
			lab.Memory{"p.grid": "package p\n\n" + box + "\nconst N int8 = 1\n"},
			lab.Memory{"p.grid": "package p\n\nmessage New {}\n", "q.grid": "package q\n\nmessage Box {\n    size uint32 = 1\n}\n\nconst N int8 = 1\n"},
			[]string{"rollout/int-widened p.Box.1", "source/type-moved p.Box", "source/type-moved p.N"},
		},
		"one that is called so and cannot be the same": {
			lab.Memory{"p.grid": "package p\n\n" + box},
			lab.Memory{"p.grid": "package p\n\nmessage New {}\n", "q.grid": "package q\n\nmessage Box {\n    size string = 1\n}\n"},
			[]string{"source/type-deleted p.Box"},
		},
		"one of two that are called so": {
			lab.Memory{"p.grid": "package p\n\n" + box},
			lab.Memory{"p.grid": "package p\n\nmessage New {}\n", "q.grid": "package q\n" + box, "r.grid": "package r\n" + box},
			[]string{"source/type-deleted p.Box"},
		},
		"a package with another name and another first file": {
			lab.Memory{"a/m.grid": "package a\n" + box},
			lab.Memory{"a/b.grid": "package b\n\nmessage Other {}\n", "a/m.grid": "package b\n" + box},
			[]string{"source/package-renamed a"},
		},
		"two products with the same ids, each by itself": {
			lab.Memory{"a/common.grid": products("common", "a", "Get(Box) Box = 1") + box, "b/common.grid": products("common", "b", "Put(Box) Box = 1") + box},
			lab.Memory{
				"a/common.grid": products("common", "a", "Get(Box) Box = 1") + "message Box {\n    size string = 1\n}\n",
				"b/common.grid": products("common", "b", "Put(Box) Box = 2") + box,
			},
			[]string{"wire/field-type-changed a/common.Box.1", "wire/handler-id-changed b/common.S.Put"},
		},
		"a service is given a product, and another one takes its id": {
			lab.Memory{"a.grid": products("a", "", "Get() bytes = 1")},
			lab.Memory{"a.grid": products("a", "x", "Get() bytes = 1"), "b/b.grid": products("b", "", "Put() bytes = 1")},
			[]string{"rollout/handler-added b.S.Put"},
		},
		"two products become one": {
			lab.Memory{"a.grid": products("a", "x", "Get() bytes = 1"), "b/b.grid": products("b", "y", "Put() bytes = 1")},
			lab.Memory{"a.grid": products("a", "", "Get() bytes = 1"), "b/b.grid": products("b", "", "Put() bytes = 2")},
			[]string{"rollout/handler-added b.S.Put", "wire/handler-id-reused b.S.Put"},
		},
		"a handler in a product is gone": {
			lab.Memory{"a.grid": products("a", "x", "Get() bytes = 1"), "b/b.grid": products("b", "y", "Put() bytes = 1")},
			lab.Memory{"a.grid": products("a", "x", "Get() bytes = 1"), "b/b.grid": products("b", "y", "Do() = 2")},
			[]string{"rollout/handler-added b.S.Do", "wire/handler-deleted b.S.Put"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, c := range Compare(loadAll(t, x.old), loadAll(t, x.new), schema.Wire) {
				got = append(got, c.ID+" "+c.Subject)
			}
			slices.Sort(got)
			if !slices.Equal(got, x.want) {
				t.Errorf("got %q, want %q", got, x.want)
			}
		})
	}
}

// products is a file of a package with a service of a product.
func products(pkg, product, handler string) string {
	text := "package " + pkg + "\n\n"
	if product != "" {
		text += "@product(\"" + product + "\")\n"
	}
	return text + "service S {\n    rpc " + handler + "\n}\n"
}
