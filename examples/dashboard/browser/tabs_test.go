package browser

import (
	"context"
	"flag"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// 100 tabs take 3.1 GiB on Linux, as the log of the test says, and some minutes on two
// processors:
//
//	go test -run Tabs -v . -tabs 100
var tabs = flag.Int("tabs", 10, "how many tabs TestTabsAreGuests opens")

// Each tab is a guest, that calls and is called, also while another tab is looked at, and
// that is gone when it is closed.
func TestTabsAreGuests(t *testing.T) {
	ctx := open(t)
	p := start(t, nil)
	const connected = `
		window.session = dial();
		session.serve({ name: 'page.Page', serving: grid.serving, handlers: [{ kind: 'unary', key: 'who', id: 100, name: 'page.Page.Who', decode: (b) => b.slice(), encode: (b) => b }] },
			{ who: () => new TextEncoder().encode(session.name) });
		return new TextDecoder().decode(await session.caller.call(whoAmI, new Uint8Array(0)));`
	p.page(t, ctx)
	mine := script(t, ctx, connected)
	opened := map[string]bool{mine: true}
	var closeTabs []context.CancelFunc
	for range *tabs - 1 {
		tab, closeTab := chromedp.NewContext(ctx)
		closeTabs = append(closeTabs, closeTab)
		p.page(t, tab)
		opened[script(t, tab, connected)] = true
	}
	names := p.awaitGuests(t, *tabs)
	if len(opened) != *tabs {
		t.Errorf("%d tabs have %d names", *tabs, len(opened))
	}
	t.Logf("%d tabs: the processes of Chromium have %d MiB", *tabs, resident(t, ctx)>>20)
	var calls sync.WaitGroup
	for _, name := range names {
		calls.Go(func() {
			if answer, err := p.Connection(name).Request(t.Context(), 100, nil); err != nil || string(answer) != name || !opened[name] {
				t.Errorf("%s: %q, %v", name, answer, err)
			}
		})
	}
	calls.Wait()
	for _, closeTab := range closeTabs {
		closeTab()
	}
	if left := p.awaitGuests(t, 1); left[0] != mine {
		t.Errorf("%q is left, and %q is open", left[0], mine)
	}
}
