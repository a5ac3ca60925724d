package attack_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"testing"
)

// attacks is the table of what a hostile peer may try, and the test that proves
// what comes of it. SECURITY.md is the description. Each test runs in an arena,
// which bounds what the attack costs in memory and goroutines, and what it costs
// another session.
var attacks = []struct{ attack, test string }{
	{"handshake slow", "TestSlowHandshake"},
	{"handshake oversized", "TestOversizedHello"},
	{"handshake out of order", "TestHandshakeOutOfOrder"},
	{"no handshake at all", "TestGarbage"},
	{"upgrade malformed, smuggled or slow", "TestUpgradeRequests"},
	{"upgrade requests that never end", "TestUpgradeRequestsThatAreSlow"},
	{"upgrade answered by another server, or without end", "TestUpgradeAnswers"},
	{"wrong key, wrong version, no room", "TestRefusedAsAcceptor"},
	{"wrong key of the acceptor", "TestRefusedAsDialer"},
	{"replayed hello and proof", "TestAttackReplay"},
	{"reflected proof", "TestAttackReflection"},
	{"forged name, known key of another pair", "TestAttackForgedName"},
	{"forged name, certificate of another", "TestTLSIdentityIsBoundToTheName"},
	{"own name", "TestOwnNameRefused"},
	{"name that is nobody's", "TestUnknownPeerRefused"},
	{"cross-site Origin", "TestOrigin"},
	{"too many sockets from one address", "TestTooManyPendingHandshakes"},
	{"too many sockets in total", "TestAttackSocketsInTotal"},
	{"authenticated, then silent", "TestAttackSilentAfterWelcome"},
	{"endless new incarnations", "TestAttackIncarnations"},
	{"decompression offer", "TestAttackDecompressionOffer"},
	{"oversized messages, also in fragments, bad masks, reserved bits, length overflow", "TestFaultsCloseTheSession"},
	{"fragment floods: endless tiny ones, interleaved messages", "TestAttackFloods"},
	{"a message of fragments that is never finished", "TestFragmentsThatNeverEnd"},
	{"credit overflow, id reuse, wrong parity, unknown kinds", "TestFaultsCloseTheSession"},
	{"chunks past their window", "TestChunksPastTheWindow"},
	{"endless routes", "TestEndlessRoutes"},
	{"answers that are never read", "TestControlQueueIsBounded"},
	{"frames for closed ids; ping, credit, reset and ignorable floods; never-reading peers", "TestAttackFloods"},
	{"a routes frame for each route", "TestAttackManyRouteSets"},
	{"open and reset", "TestAttackOpenAndReset"},
	{"call and reset", "TestAttackCallAndReset"},
	{"large messages announced and given up", "TestAttackLargeAnnouncedAndReset"},
	{"large answers that are never granted", "TestAttackLargeRepliesNeverGranted"},
	{"large requests whose chunks never come", "TestAttackHalfSentRequests"},
	{"zero window", "TestAttackZeroWindow"},
	{"grants that are never read", "TestAttackGrantsNeverRead"},
	{"metadata bombs", "TestAttackMetadata"},
	{"guests without end", "TestAttackGuestsWithoutEnd"},
	{"guests with bad tokens", "TestAttackGuestsWithBadTokens"},
	{"handshakes of guests that are never finished", "TestAttackGuestHandshakes"},
	{"a guest that claims the name of a node", "TestAttackGuestClaimsANode"},
	{"a guest that calls what it may not call", "TestAttackGuestCallsOthers"},
	{"trailers of no answer, without end", "TestAttackFloods"},
	{"trailers that are never read", "TestAttackTrailersNeverRead"},
	{"trailers with malformed or too much metadata", "TestFaultsCloseTheSession"},
	{"both sides flooding", "TestAttackBothSidesFlood"},
	{"list, map and nesting bombs in every type", "TestAttackBombsInTypes"},
	{"list, map and nesting bombs in requests", "TestAttackBombsInRequests"},
	{"list, map and nesting bombs in answers", "TestAttackBombsInAnswers"},
	{"panics, Goexit, nil results", "TestAttackHandlersThatDoNotReturn"},
	{"log injection", "TestAttackLogInjection"},
	{"look-up bypass of an interceptor", "TestAttackInterceptorBypass"},
	{"aliasing of pooled buffers", "TestAttackAliasing"},
}

// theArena is what each test of the table must call: nothing else makes an arena,
// and whoever calls it is held to its bounds.
const theArena = "InArena"

// Every test that the table names exists, and attacks a node in an arena.
func TestAttackTable(t *testing.T) {
	calls := callsHere(t)
	for _, a := range attacks {
		switch {
		case calls[a.test] == nil:
			t.Errorf("%s: there is no %s", a.attack, a.test)
		case !reaches(calls, a.test, theArena):
			t.Errorf("%s: %s runs in no arena, so it bounds nothing", a.attack, a.test)
		}
	}
	if reaches(calls, "TestAttackTable", theArena) {
		t.Error("every test is taken for one in an arena")
	}
}

// callsHere returns which functions each function of these tests calls, also in the
// functions within it. Methods are left out.
func callsHere(t *testing.T) map[string][]string {
	t.Helper()
	calls := map[string][]string{}
	for _, pattern := range []string{"*_test.go", "../protocol/*_test.go", "../*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatal(pattern, files, err)
		}
		for _, name := range files {
			addCalls(t, calls, name)
		}
	}
	return calls
}

// addCalls adds the functions of one file.
func addCalls(t *testing.T, calls map[string][]string, name string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range file.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil {
			calls[fn.Name.Name] = callsIn(fn)
		}
	}
}

// callsIn returns the functions that one calls, of its own package or of package trial.
func callsIn(fn *ast.FuncDecl) []string {
	called := []string{}
	ast.Inspect(fn, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		switch f := call.Fun.(type) {
		case *ast.Ident:
			called = append(called, f.Name)
		case *ast.SelectorExpr:
			if from, ok := f.X.(*ast.Ident); ok && from.Name == "trial" {
				called = append(called, f.Sel.Name)
			}
		}
		return true
	})
	return called
}

// reaches tells whether a function calls another, itself or by others.
func reaches(calls map[string][]string, from, to string) bool {
	seen := map[string]bool{}
	var look func(string) bool
	look = func(name string) bool {
		if seen[name] {
			return false
		}
		seen[name] = true
		for _, called := range calls[name] {
			if called == to || look(called) {
				return true
			}
		}
		return false
	}
	return look(from)
}
