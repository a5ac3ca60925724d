package check_test

import (
	"encoding/json"
	"encoding/xml"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gridrpc/gridc/compiler/check"
	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/internal/lab"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/idl"
)

const editors = "../../editors/vscode/"

// rule is one rule of a TextMate grammar.
type rule struct {
	Name, Match, Begin, End, Include string
	Patterns                         []rule
	Captures                         map[string]struct{ Name string }
}

// textMate is the grammar for editors.
func textMate(t *testing.T) (repository map[string]rule, top []rule) {
	t.Helper()
	var grammar struct {
		ScopeName  string
		Patterns   []rule
		Repository map[string]rule
	}
	readJSON(t, editors+"syntaxes/grid.tmLanguage.json", &grammar)
	if grammar.ScopeName != "source.grid" {
		t.Errorf("the scope is %q", grammar.ScopeName)
	}
	return grammar.Repository, grammar.Patterns
}

func readJSON(t *testing.T, file string, value any) {
	t.Helper()
	if err := json.Unmarshal([]byte(lab.ReadTestFile(t, file)), value); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// words are the alternatives of the first group of every expression of a rule.
func words(r rule) []string {
	group := regexp.MustCompile(`\(([a-z][a-z0-9|]*)\)`)
	var all []string
	if m := group.FindStringSubmatch(r.Match); m != nil {
		all = strings.Split(m[1], "|")
	}
	for _, p := range r.Patterns {
		all = append(all, words(p)...)
	}
	slices.Sort(all)
	return all
}

// Editors highlight the words that the compiler knows: all of them, no others.
func TestGrammarForEditors(t *testing.T) {
	repository, top := textMate(t)
	for name, want := range map[string][]string{
		"keywords":    idl.Keywords(),
		"types":       slices.Clone(check.BuiltinNames),
		"annotations": check.AnnotationNames(),
	} {
		slices.Sort(want)
		if got := words(repository[name]); !slices.Equal(got, want) {
			t.Errorf("%s: the grammar has %q, the compiler %q", name, got, want)
		}
	}
	var included []string
	for _, p := range top {
		included = append(included, strings.TrimPrefix(p.Include, "#"))
	}
	slices.Sort(included)
	if want := slices.Sorted(maps.Keys(repository)); !slices.Equal(included, want) {
		t.Errorf("the grammar includes %q of %q", included, want)
	}
}

// Kate has a grammar of its own, of the same words, in XML that is sound.
func TestGrammarForKate(t *testing.T) {
	var grammar struct {
		Extensions string   `xml:"extensions,attr"`
		Types      []string `xml:"highlighting>list>item"`
		Contexts   []struct {
			Name  string `xml:"name,attr"`
			Rules []struct {
				String    string `xml:"String,attr"`
				Attribute string `xml:"attribute,attr"`
				Context   string `xml:"context,attr"`
			} `xml:",any"`
		} `xml:"highlighting>contexts>context"`
		Attributes []struct {
			Name string `xml:"name,attr"`
		} `xml:"highlighting>itemDatas>itemData"`
	}
	if err := xml.Unmarshal([]byte(lab.ReadTestFile(t, "../../editors/kate/grid.xml")), &grammar); err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{"": true, "#stay": true, "#pop": true, "##Comments": true}
	for _, a := range grammar.Attributes {
		known[a.Name] = true
	}
	for _, c := range grammar.Contexts {
		known[c.Name] = true
	}
	first := regexp.MustCompile(`^(?:\\b|@)?(?:\(\?:)?([a-z|]+)`)
	words := map[string][]string{"Type": grammar.Types}
	for _, c := range grammar.Contexts {
		for _, r := range c.Rules {
			if !known[r.Attribute] || !known[r.Context] {
				t.Errorf("%s: %+v names what is not there", c.Name, r)
			}
			if m := first.FindStringSubmatch(r.String); m != nil && (r.Attribute == "Keyword" || r.Attribute == "Annotation" || strings.HasPrefix(r.String, `\bmap`)) {
				kind := strings.Replace(r.Attribute, "Type", "Keyword", 1)
				words[kind] = append(words[kind], strings.Split(m[1], "|")...)
			}
		}
	}
	for kind, want := range map[string][]string{"Keyword": idl.Keywords(), "Type": check.BuiltinNames, "Annotation": check.AnnotationNames()} {
		if diff := cmp.Diff(want, words[kind], cmpopts.SortSlices(strings.Compare)); diff != "" {
			t.Errorf("%s: %s", kind, diff)
		}
	}
	if grammar.Extensions != "*.grid" {
		t.Errorf("for %q", grammar.Extensions)
	}
}

// Vim and Emacs have lines that name a group, or a face, and an expression with the words.
func TestGrammarsOfLines(t *testing.T) {
	plain := func(text string) string { return strings.ReplaceAll(text, `\\`, "") } // of Emacs: \\(a\\|b\\)
	for file, c := range map[string]struct {
		read  func(string) string
		rules map[string]string
	}{
		"vim/syntax/grid.vim": {strings.Clone, map[string]string{
			"Keyword":    `gridKeyword /\\v(?:\^\\s\*\\zs|<)(?:%\()?([a-z|]+)|gridType /\\v<(map)>`,
			"Type":       `gridType /\\v<%\(([a-z0-9|]+)`,
			"Annotation": `gridAnnotation /\\v\\@%\(([a-z|]+)`,
		}},
		"emacs/grid-mode.el": {plain, map[string]string{
			"Keyword":    `\("(?:\^\[ \\t\]\*|<)\(([a-z|]+)\).* font-lock-keyword-face|\("<\((map)\)`,
			"Type":       `\("<\(\?:([a-z0-9|]+)\)>" . font-lock-type-face`,
			"Annotation": `\("@\(\?:([a-z|]+)`,
		}},
	} {
		text := c.read(lab.ReadTestFile(t, "../../editors/"+file))
		for kind, want := range map[string][]string{"Keyword": idl.Keywords(), "Type": check.BuiltinNames, "Annotation": check.AnnotationNames()} {
			var got []string
			for _, m := range regexp.MustCompile(c.rules[kind]).FindAllStringSubmatch(text, -1) {
				got = append(got, strings.Split(strings.Join(m[1:], ""), "|")...)
			}
			if diff := cmp.Diff(want, got, cmpopts.SortSlices(strings.Compare)); diff != "" {
				t.Errorf("%s, %s: %s", file, kind, diff)
			}
		}
	}
}

// The keyword rules tell a keyword from a field of the same name. What follows a
// word is looked at by lookahead, which Go's expressions lack: here it is a part
// of the match.
func TestGrammarTellsKeywordsFromFields(t *testing.T) {
	repository, _ := textMate(t)
	matches := func(line string) bool {
		return slices.ContainsFunc(repository["keywords"].Patterns, func(r rule) bool {
			return strings.HasPrefix(r.Match, "^") && regexp.MustCompile(strings.ReplaceAll(r.Match, "(?=", "(?:")).MatchString(line)
		})
	}
	storage := lab.ReadTestFile(t, "../../examples/storage.grid")
	keywordLines := 0
	for line := range strings.Lines(storage) {
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "//") || strings.HasPrefix(fields[0], "@") || fields[0] == "}" {
			continue
		}
		first, _, _ := strings.Cut(fields[0], "(")
		want := slices.Contains(idl.Keywords(), first)
		if want {
			keywordLines++
		}
		if got := matches(strings.TrimRight(line, "\n")); got != want {
			t.Errorf("keyword %v, want %v: %s", got, want, line)
		}
	}
	if keywordLines < 30 {
		t.Errorf("only %d lines with keywords: the example proves nothing", keywordLines)
	}
	for _, word := range idl.Keywords() {
		if line := "    " + word + " string = 1"; matches(line) && word != "package" {
			t.Errorf("taken for a keyword: %s", line)
		}
	}
}

// The extension is what VS Code expects, and every file that it names is there.
func TestExtensionIsComplete(t *testing.T) {
	var manifest struct {
		Name, Publisher, Version, Main string
		Engines                        map[string]string
		Contributes                    struct {
			Languages       []struct{ ID, Configuration string }
			Grammars        []struct{ Language, ScopeName, Path string }
			ProblemMatchers []struct {
				Pattern struct {
					Regexp                                      string
					File, Line, Column, Severity, Message, Code int
				}
			}
		}
	}
	readJSON(t, editors+"package.json", &manifest)
	if manifest.Name == "" || manifest.Publisher == "" || manifest.Version == "" || manifest.Engines["vscode"] == "" {
		t.Errorf("incomplete: %+v", manifest)
	}
	c := manifest.Contributes
	if len(c.Languages) != 1 || len(c.Grammars) != 1 || len(c.ProblemMatchers) != 1 || c.Languages[0].ID != c.Grammars[0].Language || c.Grammars[0].ScopeName != "source.grid" {
		t.Fatalf("%+v", c)
	}
	if manifest.Main != "./dist/extension.js" || !strings.Contains(lab.ReadTestFile(t, editors+"bundle.mjs"), `outfile: "dist/extension.js"`) {
		t.Errorf("the extension begins at %s, which bundle.mjs does not make", manifest.Main)
	}
	for _, file := range []string{"extension.js", c.Languages[0].Configuration, c.Grammars[0].Path} {
		if _, err := os.Stat(editors + file); err != nil {
			t.Error(err)
		}
	}
	var configuration struct{ Comments struct{ LineComment string } }
	readJSON(t, editors+"language-configuration.json", &configuration)
	if configuration.Comments.LineComment != "//" {
		t.Errorf("comments begin with %q", configuration.Comments.LineComment)
	}

	// The problem matcher reads what gridc prints.
	p := c.ProblemMatchers[0].Pattern
	_, ds := lab.LoadText(t, "package p\n\nmessage A {\n    a strin = 1\n    b bool = 1\n}\n")
	for _, d := range ds {
		m := regexp.MustCompile(p.Regexp).FindStringSubmatch(diag.OneLine(d))
		if m == nil {
			t.Fatalf("not matched: %s", diag.OneLine(d))
		}
		if m[p.File] != "main.grid" || m[p.Severity] != "error" || m[p.Code] != d.ID || !strings.HasPrefix(m[p.Message], d.Message) || m[p.Line] == "" || m[p.Column] == "" {
			t.Errorf("matched as %q: %s", m, diag.OneLine(d))
		}
	}
}

// A name that is nearly that of a built-in type is corrected to any of them.
func TestBuiltinNamesAreComplete(t *testing.T) {
	var want []string
	for k := ir.Bool; k <= ir.Raw; k++ {
		want = append(want, k.String())
	}
	if diff := cmp.Diff(want, check.BuiltinNames, cmpopts.SortSlices(strings.Compare)); diff != "" {
		t.Error(diff)
	}
}
