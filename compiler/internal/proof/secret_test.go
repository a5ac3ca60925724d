package proof

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/gridrpc/gridc/compiler/internal/proof/gen/forms"
)

// hush is what no output may hold.
const hush = "hush-hush"

// logins are values that hold a secret, as values and behind pointers.
func logins() map[string]any {
	login := forms.Login{User: "ann", Word: hush, Token: []byte(hush), Pin: 4711, Old: []string{hush}}
	word := hush
	key := forms.Key{Word: &word}
	vault := forms.Vault{First: login, All: []forms.Login{login}, Named: map[string]forms.Login{"x": login}, Key: key, Next: &forms.Vault{First: login}}
	named, locked := forms.Named{String: hush}, forms.Locked{User: "ann", Word: hush}
	return map[string]any{
		"login": login, "*login": &login, "key": key, "*key": &key, "vault": vault, "*vault": &vault,
		"named": named, "*named": &named, "locked": locked, "*locked": &locked,
		"list": []forms.Login{login}, "pointers": []*forms.Vault{&vault}, "map": map[string]*forms.Key{"k": &key}, "wrapped": fmt.Errorf("failed: %w", &locked),
	}
}

// Whatever prints a value that holds a secret says that there is one, and not which.
func TestSecretsAreNotShown(t *testing.T) {
	for name, v := range logins() {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			text := fmt.Sprintf(verb, v)
			if strings.Contains(text, "hush") || strings.Contains(text, "4711") {
				if strings.HasPrefix(name, "pointers") && verb == "%#v" { // addresses, as Go has it
					continue
				}
				t.Errorf("%s with %s: %s", name, verb, text)
			}
		}
		for kind, make := range map[string]func(*bytes.Buffer) slog.Handler{
			"text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
			"json": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
		} {
			if kind == "json" && (name == "list" || name == "pointers" || name == "map") {
				continue // slog hands these to encoding/json, which asks nobody
			}
			var b bytes.Buffer
			slog.New(make(&b)).Info("said", "v", v)
			if strings.Contains(b.String(), "hush") || strings.Contains(b.String(), "4711") {
				t.Errorf("%s as %s of a log: %s", name, kind, &b)
			}
		}
	}
	for want, v := range map[string]any{
		`Login{User: "ann", Word: (secret), Token: (secret), Pin: (secret), Old: (secret)}`: logins()["*login"],
		`Login{User: "ann", Pin: (secret)}`:                                                 &forms.Login{User: "ann", Pin: 1},
		`Key{Word: (secret)}`:                                                               logins()["key"],
		`forms.locked: user "ann"`:                                                          logins()["*locked"],
	} {
		if got := fmt.Sprint(v); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// @json is a struct tag, and what is secret travels.
func TestNamesInJSON(t *testing.T) {
	text, err := json.Marshal(logins()["login"])
	if want := `{"user_name":"ann","password":"hush-hush","Token":"aHVzaC1odXNo","Pin":4711}`; err != nil || string(text) != want {
		t.Errorf("%s, %v, want %s", text, err, want)
	}
}
