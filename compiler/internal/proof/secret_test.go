package proof

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/tinylib/msgp/msgp"

	"github.com/gridrpc/gridc/compiler/internal/proof/gen/forms"
	"github.com/gridrpc/gridc/runtime/codec"
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

// What cannot be read of a secret is not told either, only where it stands.
func TestSecretsAreNotInErrors(t *testing.T) {
	for name, x := range map[string]struct {
		v    message
		wire []byte
		want string
	}{
		"a number":  {forms.NewLogin(), append([]byte{0x81, 4}, msgp.AppendInt64(nil, -4711)...), "decode forms.Login field 4: malformed: the value is secret"},
		"a float":   {forms.NewLogin(), append([]byte{0x81, 4}, msgp.AppendFloat64(nil, 4711.5)...), "decode forms.Login field 4: malformed: the value is secret"},
		"a variant": {forms.NewKey(), []byte{0x81, 1, 0x07}, "decode forms.Key field 1: malformed: the value is secret"},
		"inside":    {forms.NewVault(), []byte{0x81, 1, 0x81, 2, 0x07}, "decode forms.Vault: forms.Login field 2: malformed: the value is secret"},
		"elsewhere": {forms.NewLogin(), []byte{0x82, 2, 0xa1, 'x', 1, 0x07}, `decode forms.Login field 1: malformed: msgp: attempted to decode type "int" with method for "str"`},
	} {
		if _, err := x.v.UnmarshalMsg(x.wire); fmt.Sprint(err) != x.want || !errors.Is(err, codec.ErrMalformed) {
			t.Errorf("%s: %v, want %s", name, err, x.want)
		}
	}
}
