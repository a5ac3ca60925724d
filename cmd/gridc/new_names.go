package main

import (
	"fmt"
	"math"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/gridrpc/gridc/compiler"
	"github.com/gridrpc/gridc/idl"
)

// starterNames are what must not be the same in two starters of one module: the
// package, which its file and its error code are called after, and the ids.
type starterNames struct {
	pkg   string
	first int // of two handler ids
}

// namesFor chooses names for a new folder, by what the .grid files of the module
// around it leave free. Outside of a module there are none.
func namesFor(dir string) (starterNames, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return starterNames{}, err
	}
	taken, err := takenAround(abs)
	if err != nil {
		return starterNames{}, err
	}
	base := packageFor(filepath.Base(abs))
	names := starterNames{pkg: base, first: taken.twoIDs()}
	for n := 2; taken.packages[names.pkg]; n++ {
		names.pkg = base + strconv.Itoa(n)
	}
	if names.first == 0 {
		return starterNames{}, fmt.Errorf("the .grid files of this module leave no two handler ids free")
	}
	return names, nil
}

// packageFor is the name of a folder as far as it can be a package's name, and
// means nothing else in the code of the starter.
func packageFor(folder string) string {
	name := strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(folder))
	name = strings.TrimLeft(name, "0123456789")
	switch {
	case name == "":
		return starterPackage
	case compiler.PackageNameFault(name) != "" || usedByStarter(name):
		return name + "svc"
	}
	return name
}

var lineComment = regexp.MustCompile(`(?m)//.*$`)

// usedByStarter reports whether the Go code of the starter has the word.
func usedByStarter(word string) bool {
	if word == starterPackage {
		return false
	}
	entries, _ := starter.ReadDir("starter") // what is embedded can be read
	for _, e := range entries {
		text, _ := starter.ReadFile(path.Join("starter", e.Name()))
		code := lineComment.ReplaceAllString(string(text), "")
		if strings.HasSuffix(e.Name(), ".txt") && regexp.MustCompile(`\b`+word+`\b`).MatchString(code) {
			return true
		}
	}
	return false
}

// taken is what .grid files use.
type taken struct {
	packages map[string]bool // in lower case
	ids      [math.MaxUint16 + 1]bool
}

// takenAround looks through all .grid files of the module that a folder lies in,
// those with mistakes too.
func takenAround(dir string) (*taken, error) {
	t := &taken{packages: make(map[string]bool)}
	root := moduleRoot(dir)
	if root == "" {
		return t, nil
	}
	files, err := compiler.Files(compiler.Options{}, filepath.ToSlash(root))
	if err != nil {
		return t, nil // there is no .grid file yet
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		tree, _ := idl.Parse(file, text)
		if tree.Package != nil {
			t.packages[strings.ToLower(tree.Package.Name)] = true
		}
		tree.MarkHandlerIDs(t.ids[:], nil)
	}
	return t, nil
}

// moduleRoot is the folder of the nearest go.mod, or "".
func moduleRoot(dir string) string {
	if file := nearestFile(dir, "go.mod"); file != "" {
		return filepath.Dir(file)
	}
	return ""
}

// twoIDs is the first of two free ids in a row: at the next full hundred, so that
// the services before have room to grow, or else wherever there are two. It is 0
// when there are none.
func (t *taken) twoIDs() int {
	last := 0
	for id, used := range t.ids {
		if used {
			last = id
		}
	}
	first := last/100*100 + 100
	if last == 0 {
		first = 1
	}
	if first < math.MaxUint16 {
		return first
	}
	for id := 1; id < math.MaxUint16; id++ {
		if !t.ids[id] && !t.ids[id+1] {
			return id
		}
	}
	return 0
}

// inPackage finds what stands before a name of the starter's package, or names
// its file: never the end of a sentence.
var inPackage = regexp.MustCompile(`\b` + starterPackage + `\.([A-Za-z])`)

// apply writes the names into a file of the starter.
func (n starterNames) apply(text string) string {
	text = inPackage.ReplaceAllString(text, n.pkg+".$1")
	return strings.NewReplacer(
		"/gen/"+starterPackage+`"`, "/gen/"+n.pkg+`"`,
		"package "+starterPackage+"\n", "package "+n.pkg+"\n",
		"Package "+starterPackage+" ", "Package "+n.pkg+" ",
		"Command "+starterPackage+" ", "Command "+n.pkg+" ",
		"(AcquireRequest) = 1 ", fmt.Sprintf("(AcquireRequest) = %d ", n.first),
		"(ReleaseRequest) = 2 ", fmt.Sprintf("(ReleaseRequest) = %d ", n.first+1),
	).Replace(text)
}

// file is what a file of the starter is called.
func (n starterNames) file(name string) string {
	if name == starterPackage+".grid" {
		return n.pkg + ".grid"
	}
	return strings.TrimSuffix(name, ".txt")
}
