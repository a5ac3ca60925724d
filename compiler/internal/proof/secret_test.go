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

// What no output may hold. No address is like the number.
const (
	hush = "hush-hush"
	pin  = 3141592653
)

// tells reports whether a text says what is secret.
func tells(text string) bool {
	return strings.Contains(text, "hush") || strings.Contains(text, fmt.Sprint(int64(pin))) || strings.Contains(text, fmt.Sprintf("%x", int64(pin)))
}

// logins are values that hold a secret, as values and behind pointers.
func logins() map[string]any {
	login := forms.Login{User: "ann", Word: hush, Token: []byte(hush), Pin: pin, Old: []string{hush}}
	word := hush
	key := forms.Key{Word: &word}
	vault := forms.Vault{First: login, All: []forms.Login{login}, Named: map[string]forms.Login{"x": login}, Key: key, Next: &forms.Vault{First: login}}
	named, locked := forms.Named{String: hush}, forms.Locked{User: "ann", Word: hush}
	users := struct {
		forms.Login
		Again *forms.Login
		Any   any
	}{login, &login, login}
	return map[string]any{
		"stored": forms.Stored{Word: hush, Token: hush}, "*stored": &forms.Stored{Word: hush, Token: hush},
		"lists": [][]forms.Key{{key}}, "map of lists": map[int][]*forms.Vault{1: {&vault}}, "anything": []any{login, &key, locked},
		"user's": users, "*user's": &users, "group": slog.GroupValue(slog.Any("all", []forms.Login{login})), "joined": errors.Join(&locked),
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
			if tells(text) {
				t.Errorf("%s with %s: %s", name, verb, text)
			}
		}
		for kind, make := range map[string]func(*bytes.Buffer) slog.Handler{
			"text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
			"json": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
		} {
			var b bytes.Buffer
			slog.New(make(&b)).Info("said", "v", v)
			if tells(b.String()) {
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

// A secret is in JSON only where it has a name for it. It travels in any case.
func TestNamesInJSON(t *testing.T) {
	for want, v := range map[string]any{
		`{"user_name":"ann"}`:         logins()["login"],
		`{"password":"hush-hush"}`:    logins()["stored"],
		`{"Login":null,"Plain":null}`: forms.Key{Word: new(hush)},
	} {
		if text, err := json.Marshal(v); err != nil || string(text) != want {
			t.Errorf("%s, %v, want %s", text, err, want)
		}
	}
	var read forms.Stored
	if err := json.Unmarshal([]byte(`{"password":"a","Token":"b","token":"c","-":"d"}`), &read); err != nil || read != (forms.Stored{Word: "a"}) {
		t.Errorf("%#v, %v", read, err)
	}
	wire, err := (&forms.Stored{Word: hush, Token: hush}).MarshalMsg(nil)
	if _, err2 := read.UnmarshalMsg(wire); err != nil || err2 != nil || read != (forms.Stored{Word: hush, Token: hush}) {
		t.Errorf("it did not travel: %v, %v", err, err2)
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
