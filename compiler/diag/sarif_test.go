package diag_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/gridrpc/gridc/compiler/check"
	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/internal/lab"
	"github.com/gridrpc/gridc/compiler/lint"
	"github.com/gridrpc/gridc/idl"
)

// sarifShape is what the standard says about one kind of object: the properties
// that gridc may write, and how each is checked; "!" in front of a name makes it
// required. Anything else in the log is a mistake.
type sarifShape map[string]func(at string, v any) []string

// sarifShapes are section 3 of SARIF 2.1.0, as far as gridc writes it.
var sarifShapes map[string]sarifShape

func init() { // the shapes refer to each other
	one, list := sarifObject, sarifList
	sarifShapes = map[string]sarifShape{
		"log":              {"$schema": isURI, "!version": isOneOf("2.1.0"), "!runs": list("run", 1)},
		"run":              {"!tool": one("tool"), "columnKind": isOneOf("utf16CodeUnits", "unicodeCodePoints"), "results": list("result", 0)},
		"tool":             {"!driver": one("driver")},
		"driver":           {"!name": isText, "informationUri": isURI, "version": isText, "rules": list("rule", 0)},
		"rule":             {"!id": isText, "shortDescription": one("message"), "fullDescription": one("message"), "help": one("message")},
		"message":          {"!text": isText},
		"content":          {"!text": isString},
		"result":           {"ruleId": isText, "ruleIndex": isNumber(0), "level": isOneOf("none", "note", "warning", "error"), "!message": one("message"), "locations": list("location", 0), "relatedLocations": list("location", 0), "fixes": list("fix", 0)},
		"location":         {"id": isNumber(0), "physicalLocation": one("physicalLocation"), "message": one("message")},
		"physicalLocation": {"!artifactLocation": one("artifactLocation"), "region": one("region")},
		"artifactLocation": {"!uri": isURI},
		"region":           {"!startLine": isNumber(1), "startColumn": isNumber(1), "endLine": isNumber(1), "endColumn": isNumber(1), "byteOffset": isNumber(0), "byteLength": isNumber(0)},
		"fix":              {"description": one("message"), "!artifactChanges": list("artifactChange", 1), "properties": one("bag")},
		"bag":              {"guess": isBool}, // a property bag is open: this is what gridc keeps there
		"artifactChange":   {"!artifactLocation": one("artifactLocation"), "!replacements": list("replacement", 1)},
		"replacement":      {"!deletedRegion": one("region"), "insertedContent": one("content")},
	}
}

// sarifObject checks an object of a shape.
func sarifObject(shape string) func(string, any) []string {
	return func(at string, v any) []string {
		object, ok := v.(map[string]any)
		if !ok {
			return []string{at + ": not an object"}
		}
		var faults []string
		left := maps.Clone(object)
		for name, check := range sarifShapes[shape] {
			bare := strings.TrimPrefix(name, "!")
			value, there := object[bare]
			delete(left, bare)
			switch {
			case there:
				faults = append(faults, check(at+"."+bare, value)...)
			case bare != name:
				faults = append(faults, at+": no "+bare)
			}
		}
		for name := range left {
			faults = append(faults, at+": unknown property "+name)
		}
		return faults
	}
}

func isBool(at string, v any) []string {
	if _, ok := v.(bool); !ok {
		return []string{at + ": not a boolean"}
	}
	return nil
}

func sarifList(shape string, least int) func(string, any) []string {
	return func(at string, v any) []string {
		items, ok := v.([]any)
		if !ok || len(items) < least {
			return []string{fmt.Sprintf("%s: not a list of %d or more", at, least)}
		}
		var faults []string
		for i, item := range items {
			faults = append(faults, sarifObject(shape)(fmt.Sprintf("%s[%d]", at, i), item)...)
		}
		return faults
	}
}

func isString(at string, v any) []string {
	if _, ok := v.(string); !ok {
		return []string{at + ": not a string"}
	}
	return nil
}

func isText(at string, v any) []string {
	if text, ok := v.(string); !ok || strings.TrimSpace(text) == "" {
		return []string{at + ": no text"}
	}
	return nil
}

func isURI(at string, v any) []string {
	text, _ := v.(string)
	if _, err := url.Parse(text); err != nil || text == "" || strings.ContainsAny(text, " \\\"<>") {
		return []string{fmt.Sprintf("%s: %q is no URI", at, text)}
	}
	return nil
}

func isOneOf(words ...string) func(string, any) []string {
	return func(at string, v any) []string {
		if word, _ := v.(string); !slices.Contains(words, word) {
			return []string{fmt.Sprintf("%s: %q is none of %q", at, word, words)}
		}
		return nil
	}
}

func isNumber(least float64) func(string, any) []string {
	return func(at string, v any) []string {
		n, ok := v.(float64)
		if !ok || n < least || n != float64(int(n)) {
			return []string{fmt.Sprintf("%s: %v is no integer from %v on", at, v, least)}
		}
		return nil
	}
}

// checkSARIF says what is wrong with a log, what the shapes cannot say included.
func checkSARIF(text string) []string {
	var tree any
	if err := json.Unmarshal([]byte(text), &tree); err != nil {
		return []string{err.Error()}
	}
	if faults := sarifObject("log")("log", tree); len(faults) > 0 {
		return faults
	}
	var log diag.SARIFLog
	if err := json.Unmarshal([]byte(text), &log); err != nil {
		return []string{err.Error()}
	}
	var faults []string
	rules := log.Runs[0].Tool.Driver.Rules
	for i, r := range log.Runs[0].Results {
		if r.RuleIndex >= len(rules) || rules[r.RuleIndex].ID != r.RuleID {
			faults = append(faults, fmt.Sprintf("result %d: rule %d is not %s", i, r.RuleIndex, r.RuleID))
		}
		region := r.Locations[0].PhysicalLocation.Region
		if region.EndLine < region.StartLine || region.EndLine == region.StartLine && region.EndColumn < region.StartColumn {
			faults = append(faults, fmt.Sprintf("result %d: %+v ends before it starts", i, region))
		}
	}
	for i, rule := range rules {
		if slices.ContainsFunc(rules[:i], func(other diag.SARIFRule) bool { return other.ID == rule.ID }) {
			faults = append(faults, "two rules are called "+rule.ID)
		}
	}
	return faults
}

// sarifOf is the log of some diagnostics, which must be a sound one.
func sarifOf(t *testing.T, ds []*idl.Diagnostic, files lab.Memory) diag.SARIFLog {
	t.Helper()
	text := renderWith(t, func(w io.Writer) error {
		return diag.RenderSARIF(w, ds, "v1.2.3", diag.RenderOptions{ReadFile: files.ReadFile})
	})
	for _, fault := range checkSARIF(text) {
		t.Errorf("SARIF: %s", fault)
	}
	var log diag.SARIFLog
	if err := json.Unmarshal([]byte(text), &log); err != nil {
		t.Fatal(err)
	}
	return log
}

// Whatever gridc finds anywhere in the examples of its own ids is a valid log.
func TestSARIFIsValid(t *testing.T) {
	fixes, related := 0, 0
	for _, code := range diag.Codes() {
		files := lab.Memory{}
		for _, f := range code.Wrong {
			files[f.Name] = f.Text
		}
		s, ds, err := check.Load(files.Options(), diag.MainFile)
		if err != nil {
			t.Fatal(err)
		}
		if s != nil {
			ds = append(ds, lint.Lint(s, lint.Options{Enable: []string{"lint/unbounded"}})...)
		}
		for _, r := range sarifOf(t, ds, files).Runs[0].Results {
			fixes += len(r.Fixes)
			related += len(r.RelatedLocations)
		}
	}
	if fixes < 20 || related < 10 {
		t.Errorf("only %d fixes and %d related places: the examples prove nothing", fixes, related)
	}
}

// Nothing found is a log too, with an empty list of results: the programs that
// upload it expect one.
func TestSARIFOfNothing(t *testing.T) {
	text := renderWith(t, func(w io.Writer) error { return diag.RenderSARIF(w, nil, "", diag.RenderOptions{}) })
	if faults := checkSARIF(text); len(faults) > 0 || !strings.Contains(text, `"results": []`) {
		t.Errorf("%v in:\n%s", faults, text)
	}
}

// Paths become URIs that lead back to them.
func TestSARIFPaths(t *testing.T) {
	for path, want := range map[string]string{
		"a/b.grid":          "a/b.grid",
		"with space#%.grid": "with%20space%23%25.grid",
		"a:b.grid":          "./a:b.grid",
		"/tmp/x.grid":       "file:///tmp/x.grid",
	} {
		if got := diag.SARIFURI(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

// The checker finds what it is there for.
func TestSARIFCheckerFindsFaults(t *testing.T) {
	for _, text := range []string{
		`{"version": "2.0.0", "runs": [{"tool": {"driver": {"name": "x"}}}]}`,
		`{"version": "2.1.0", "runs": []}`,
		`{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": ""}}}]}`,
		`{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "extra": 1}]}`,
		`{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": [{"level": "fatal", "message": {"text": "m"}}]}]}`,
		`{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": [{"level": "error"}]}]}`,
	} {
		if faults := checkSARIF(text); len(faults) != 1 {
			t.Errorf("%d faults found in %s: %q", len(faults), text, faults)
		}
	}
}
