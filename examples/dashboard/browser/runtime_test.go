package browser

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// A page calls: small and large, one after the other and many at once, as who it is.
func TestAPageCalls(t *testing.T) {
	ctx := open(t)
	p := start(t, nil)
	p.page(t, ctx)
	got := script(t, ctx, `
		window.session = dial();
		for (const size of [0, 1, 100, 65_536, 70_000, 300_000, 3_000_000]) {
			const sent = fill(size, size);
			if (!same(await session.caller.call(echo, sent), sent)) throw new Error('an answer of ' + size + ' bytes differs');
		}
		const many = Array.from({ length: 200 }, (_, i) => fill(i * 500, i));
		const answers = await Promise.all(many.map((b) => session.caller.call(echo, b)));
		answers.forEach((a, i) => { if (!same(a, many[i])) throw new Error('answer ' + i + ' differs'); });
		return new TextDecoder().decode(await session.caller.call(whoAmI, new Uint8Array(0)));`)
	if names := p.awaitGuests(t, 1); got != names[0] || !strings.HasSuffix(got, ".user") {
		t.Errorf("the page calls as %q, and %q is connected", got, names)
	}
	failure := script(t, ctx, `return session.caller.call({ ...echo, id: 6 }, new Uint8Array(0)).then(() => 'served', (e) => e.code);`)
	if failure != string(grid.UnknownHandler) {
		t.Errorf("a handler that is not for guests: %s", failure)
	}
}

// A stream carries 16 MiB to the node and 16 MiB back, while little of it is under way: what
// the page has sent and not got back is bounded by the credit of the stream.
func TestAPageStreamsBothWays(t *testing.T) {
	ctx := open(t)
	p := start(t, nil)
	p.page(t, ctx)
	type result struct{ Bytes, Most, Wrong int }
	got := unmarshal[result](t, script(t, ctx, `
		const size = 64 * 1024, count = 256, stream = dial().caller.open(pipe, undefined);
		let sent = 0, came = 0, most = 0, wrong = 0;
		const sending = (async () => {
			for (let i = 0; i < count; i++) {
				await stream.send(fill(size, i));
				sent++;
				most = Math.max(most, sent - came);
			}
			stream.closeSend();
		})();
		for await (const m of stream) if (!same(m, fill(size, came++))) wrong++;
		await sending;
		return JSON.stringify({ bytes: came * size, most: most * size, wrong });`))
	if got.Bytes != 16<<20 || got.Wrong != 0 {
		t.Errorf("%d bytes came back, %d messages differ", got.Bytes, got.Wrong)
	}
	if got.Most > 4<<20 {
		t.Errorf("%d KiB were under way at a time", got.Most>>10)
	}
	t.Logf("at most %d KiB of 16 MiB were under way at a time", got.Most>>10)
}

// A stream of equal messages, of which as much is in the socket whenever somebody looks, is
// not taken for one whose socket is stuck, for longer than a socket may be stuck.
func TestASteadyStreamIsNotTakenForDead(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 20 seconds")
	}
	ctx := open(t)
	p := start(t, nil)
	p.page(t, ctx)
	got := script(t, ctx, `
		const stream = dial().caller.open(pipe, undefined), message = new Uint8Array(65_000), until = performance.now() + 20_000;
		let came = 0, sent = 0;
		const sending = (async () => { while (performance.now() < until) { await stream.send(message); sent++; } stream.closeSend(); })();
		for await (const m of stream) came += m.length === message.length ? 1 : NaN;
		await sending;
		return sent === came;`)
	if got != "true" {
		t.Error("what was sent did not all come back")
	}
}

// A page that sends to a handler that does not read is held up, and so is a node that sends
// to a page that does not: neither piles up what the other does not take.
func TestNeitherEndPilesUp(t *testing.T) {
	ctx := open(t)
	p := start(t, nil)
	p.page(t, ctx)
	script(t, ctx, `
		window.session = dial();
		await session.ready();
		window.taken = 0;
		window.up = session.caller.open(sink, undefined);
		(async () => { for (let i = 0; i < 256; i++) { await up.send(new Uint8Array(65536)); taken++; } up.closeSend(); })();
		window.down = session.caller.open(source, undefined);
		window.first = (await down.next()).value.length;`)
	steady := func() (taken, sent int) {
		for {
			before := len(p.sent)
			b := script(t, ctx, "return taken")
			time.Sleep(time.Second)
			if after := script(t, ctx, "return taken"); len(p.sent) == before && after == b {
				return unmarshal[int](t, b), before
			}
		}
	}
	taken, sent := steady()
	if taken > 32 || sent > 64 {
		t.Errorf("the page has sent %d messages of 64 KiB that nobody reads, and the node %d", taken, sent)
	}
	t.Logf("held up after %d messages of 64 KiB from the page, %d from the node", taken, sent)
	close(p.release)
	await(t, ctx, "the page goes on", "taken === 256")
	script(t, ctx, "for (let i = 0; i < 100; i++) await down.next(); down.close();")
	if len(p.sent) <= sent {
		t.Error("the node did not go on")
	}
}

// A page serves what the node calls: one answer, a stream, an error of its own, and a handler
// that hears of the end of its caller.
func TestAPageServes(t *testing.T) {
	ctx := open(t)
	p := start(t, nil)
	p.page(t, ctx)
	script(t, ctx, `
		window.session = dial();
		window.canceled = '';
		session.serve({ name: 'page.Page', serving: grid.serving, handlers: [
			{ kind: 'unary', key: 'upper', id: 100, name: 'page.Page.Upper', decode: (b) => b.slice(), encode: (b) => b },
			{ kind: 'unary', key: 'wait', id: 101, name: 'page.Page.Wait', decode: (b) => b.slice(), encode: (b) => b },
			{ kind: 'stream', key: 'count', id: 102, name: 'page.Page.Count', encode: (b) => b, out: 8 },
		] }, {
			upper: (b) => new TextEncoder().encode(new TextDecoder().decode(b).toUpperCase()),
			wait: (_, context) => new Promise((_, reject) => context.signal.addEventListener('abort', () => { window.canceled = String(context.signal.reason?.code); reject(context.signal.reason); })),
			async *count() { for (let i = 0; i < 1000; i++) yield new Uint8Array(1000).fill(i); },
		});
		await session.ready();`)
	page := p.Connection(p.awaitGuests(t, 1)[0])
	answer, err := page.Request(t.Context(), 100, []byte("hello page"))
	if err != nil || string(answer) != "HELLO PAGE" {
		t.Errorf("%q, %v", answer, err)
	}
	short, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := page.Request(short, 101, []byte("x")); grid.OutcomeOf(err) != grid.MayHaveRun {
		t.Errorf("a call that was given up: %v", err)
	}
	await(t, ctx, "the page's handler hears of it", "canceled !== ''")
	st, err := page.NewStream(t.Context(), 102, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	err = st.Results(func(b []byte) error {
		if len(b) != 1000 || b[0] != byte(n) {
			t.Errorf("message %d: %d bytes of %d", n, len(b), b[0])
		}
		n++
		return nil
	})
	if n != 1000 || err != nil {
		t.Errorf("%d messages, %v", n, err)
	}
}

// A page whose network is lost fails what was under way, says so, comes back by itself, and is
// the same guest then.
func TestAPageComesBack(t *testing.T) {
	ctx := open(t)
	p := start(t, nil)
	p.page(t, ctx)
	script(t, ctx, `
		window.session = dial();
		await session.ready();
		window.phases = [];
		session.watch(({ phase }) => {
			phases.push(phase);
			if (phase !== 'connected') window.lost = true;
		});
		window.stream = session.caller.open(source, undefined);
		window.ended = '';
		(async () => { for await (const _ of stream); })().catch((e) => window.ended = e.code);`)
	name := p.awaitGuests(t, 1)[0]
	for range 3 {
		script(t, ctx, "window.lost = false;") // a call that is made before the page has noticed is lost, too
		p.cut()
		await(t, ctx, "the page notices", "lost")
		await(t, ctx, "the stream ends", "ended === 'disconnected'")
		got := script(t, ctx, `return new TextDecoder().decode(await session.caller.call(whoAmI, new Uint8Array(0)));`)
		if got != name {
			t.Errorf("the page came back as %q, not %q", got, name)
		}
	}
	phases := script(t, ctx, "return phases.join(' ')")
	if !strings.HasPrefix(phases, "connected connecting") || !strings.HasSuffix(phases, "connected") {
		t.Errorf("the page saw %s", phases)
	}
}

// A page that is refused is told why, in words that it can show; only what is refused before
// the upgrade is not told by a browser.
func TestAPageIsToldWhyItIsRefused(t *testing.T) {
	ctx := open(t)
	p := start(t, func(o *grid.GuestOptions) { o.Guests = 1 })
	other := start(t, nil)
	panics := start(t, func(o *grid.GuestOptions) { o.Check = func(*http.Request, string) (string, error) { panic("hunter2") } })
	tls := start(t, func(o *grid.GuestOptions) {
		o.Plain = false
		o.AllowOrigin = func(string) bool { return true }
	})
	panicsURL := panics.address
	p.page(t, ctx)
	script(t, ctx, "window.session = dial(); await session.ready();")
	refusal := func(what string) string {
		return script(t, ctx, `
			const s = dial(`+what+`);
			try {
				const { phase, error } = await new Promise((resolve) => s.watch((state) => state.error && resolve(state)));
				return phase + ' ' + error.code + ': ' + error.text;
			} finally { await s.close(); }`)
	}
	for _, c := range []struct{ what, want, words string }{
		{`undefined, { token: 'stolen' }`, "refused unauthenticated", `the token "stolen" is not good here`},
		{`undefined, { node: 'elsewhere' }`, "refused unauthenticated", "elsewhere"},
		{`undefined, { name: 'a.dot' }`, "refused invalid_argument", "label"},
		{`undefined`, "connecting resource_exhausted", "there is no room for more"},
		{fmt.Sprintf("'ws://%s/grid/guest'", other.address), "refused permission_denied", "may not connect here"},
		{fmt.Sprintf("'ws://%s/grid/guest'", tls.address), "refused unauthenticated", "only over TLS"},
		{"'ws://' + location.host + '/nowhere'", "connecting ", ""},
	} {
		if got := refusal(c.what); !strings.HasPrefix(got, c.want) || !strings.Contains(got, c.words) || got == "" {
			t.Errorf("%s: the page sees %q", c.what, got)
		} else {
			t.Logf("%s: %s", c.what, got)
		}
	}
	panics.page(t, ctx)
	if got := refusal(fmt.Sprintf("'ws://%s/grid/guest'", panicsURL)); !strings.HasPrefix(got, "connecting internal") || strings.Contains(got, "hunter2") {
		t.Errorf("a check that panics: the page sees %q", got)
	}
}

// A hundred sessions in one page, each a guest of its own, call and are called at once.
func TestAHundredSessionsInAPage(t *testing.T) {
	ctx := open(t)
	p := start(t, nil)
	p.page(t, ctx)
	begin(t, ctx, `
		window.sessions = Array.from({ length: 100 }, () => dial());
		const service = { name: 'page.Page', serving: grid.serving, handlers: [{ kind: 'unary', key: 'back', id: 100, name: 'page.Page.Back', decode: (b) => b.slice(), encode: (b) => b }] };
		for (const s of sessions) s.serve(service, { back: (b) => b });
		await Promise.all(sessions.map((s, i) => s.caller.call(echo, fill(10_000, i)).then((a) => { if (!same(a, fill(10_000, i))) throw new Error('answer ' + i); })));`)
	finish(t, ctx)
	names := p.awaitGuests(t, 100)
	var calls sync.WaitGroup
	for _, name := range names {
		calls.Go(func() {
			if answer, err := p.Connection(name).Request(t.Context(), 100, []byte(name)); err != nil || string(answer) != name {
				t.Errorf("%s: %q, %v", name, answer, err)
			}
		})
	}
	calls.Wait()
	script(t, ctx, "await Promise.all(sessions.map((s) => s.close()));")
	p.awaitGuests(t, 0)
}
