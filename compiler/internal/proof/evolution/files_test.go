package evolution

import (
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/gridrpc/gridc/compiler/internal/lab"
)

// pkg is a package of a model: a name, and the folder that its files lie in.
type pkg struct{ name, folder string }

// place is where something is declared: the index of its package, and its file there,
// without .grid.
type place struct {
	pkg  int
	file string
}

// home is where the first package has its annotation.
var home = place{0, "m"}

// places are where the declarations are, by name; S is the service, and note the
// annotation.
func (m *model) places() map[string]*place {
	at := map[string]*place{"S": &m.service, "note": {home.pkg, home.file}}
	for _, e := range m.enums {
		at[e.name] = &e.place
	}
	for _, x := range m.messages {
		at[x.name] = &x.place
	}
	return at
}

// path is the path of the file.
func (m *model) path(p place) string {
	return path.Join(m.packages[p.pkg].folder, p.file+".grid")
}

// files are the .grid files of the model.
func (m *model) files() lab.Memory {
	bodies := map[place]*strings.Builder{}
	body := func(p place) *strings.Builder {
		if bodies[p] == nil {
			bodies[p] = &strings.Builder{}
		}
		return bodies[p]
	}
	body(home).WriteString("\nannotation note(text string) on handler\n")
	for _, e := range m.enums {
		e.write(body(e.place))
	}
	for _, x := range m.messages {
		x.write(body(x.place))
	}
	m.writeService(body(m.service))
	at, files := m.places(), lab.Memory{}
	for p, b := range bodies {
		text, foreign := qualified(b.String(), func(name string) string {
			if to := at[name]; to != nil && to.pkg != p.pkg {
				return m.packages[to.pkg].name
			}
			return ""
		})
		files[m.path(p)] = "package " + m.packages[p.pkg].name + "\n" + m.imports(p, at, foreign) + text
	}
	return files
}

// reference is the name of a declaration, where it is declared and where it is used.
var reference = regexp.MustCompile(`@note\b|\b[A-Z][0-9]+\b`)

// qualified is a text in which the names of other packages have those before them, and the
// names.
func qualified(text string, qualifier func(name string) string) (string, []string) {
	var foreign []string
	text = reference.ReplaceAllStringFunc(text, func(found string) string {
		name := strings.TrimPrefix(found, "@")
		q := qualifier(name)
		if q == "" {
			return found
		}
		foreign = append(foreign, name)
		return strings.TrimSuffix(found, name) + q + "." + name
	})
	return text, foreign
}

// imports are those of a file for the names: of each package the file that has the first.
func (m *model) imports(from place, at map[string]*place, names []string) string {
	var text strings.Builder
	imported := map[int]bool{}
	slices.Sort(names)
	for _, name := range names {
		to := *at[name]
		if imported[to.pkg] {
			continue
		}
		imported[to.pkg] = true
		rel, err := filepath.Rel("/"+m.packages[from.pkg].folder, "/"+m.path(to))
		if err != nil {
			panic(err)
		}
		fmt.Fprintf(&text, "\nimport %q\n", filepath.ToSlash(rel))
	}
	return text.String()
}

// shapeName is what the table calls a declaration.
func (m *model) shapeName(p place, name string) string {
	return m.packages[p.pkg].name + "." + name
}
