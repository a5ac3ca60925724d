package idl

import (
	"os"
	"regexp"
	"slices"
	"testing"
)

// The grammar in doc.go is the one place that says which words there are.
func TestKeywordsAreThoseOfTheGrammar(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, line := range regexp.MustCompile(`(?m)^//\t.* = .* \.`).FindAllString(string(doc), -1) {
		for _, word := range regexp.MustCompile(`"([a-z]+)"`).FindAllStringSubmatch(line, -1) {
			want = append(want, word[1])
		}
	}
	slices.Sort(want)
	want = slices.Compact(want)
	if got := slices.Sorted(slices.Values(Keywords())); len(want) < 10 || !slices.Equal(got, want) {
		t.Errorf("got %q, the grammar has %q", got, want)
	}
}

// Contextual means that a field may have any of their names.
func TestKeywordsAreFieldNames(t *testing.T) {
	for _, word := range Keywords() {
		_, ds := Parse("a.grid", []byte("package p\n\nmessage A {\n    "+word+" string = 1\n}\n"))
		for _, d := range ds {
			t.Errorf("%s: %s", word, d.Message)
		}
	}
}
