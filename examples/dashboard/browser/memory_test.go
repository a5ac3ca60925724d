package browser

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// What a page holds while a stream passes in both directions does not grow with the stream. It
// is looked at while the page does not read: then all has piled up that can, in the page
// and behind it. Behind the stream nothing is left of it.
func TestHeapIsBoundedWhileStreamsPass(t *testing.T) {
	ctx := open(t)
	p := start(t, nil)
	p.page(t, ctx)
	script(t, ctx, `
		window.session = dial();
		window.pass = async (size, count, stops) => {
			const stream = session.caller.open(pipe, undefined), quarter = count / 4;
			window.sent = window.came = 0;
			window.readOn = () => undefined;
			window.stopped = false;
			const sending = (async () => {
				for (; sent < count; sent++) await stream.send(new Uint8Array(size).fill(sent));
				stream.closeSend();
			})();
			for await (const m of stream) {
				if (m.length !== size || m[size - 1] !== (came++ & 255)) throw new Error('message ' + came + ' differs');
				if (stops && came % quarter === 0 && came < count) {
					window.stopped = true;
					await new Promise((resolve) => window.readOn = resolve);
				}
			}
			await sending;
		};
		await session.ready();
		await pass(65_536, 16, false);`) // what the first stream makes stays
	before := heap(t, ctx)
	const MiB = 1 << 20
	for _, c := range []struct{ size, count int }{{64 << 10, 256}, {64 << 10, 1024}, {MiB, 16}, {MiB, 64}} {
		begin(t, ctx, fmt.Sprintf("await pass(%d, %d, true);", c.size, c.count))
		most := 0
		for range 3 {
			await(t, ctx, "the page stops reading", "window.failure || stopped")
			settle(t, ctx)
			most = max(most, heap(t, ctx)-before)
			if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("(stopped = false, readOn(), true)")); err != nil {
				t.Fatal(err)
			}
		}
		finish(t, ctx)
		left := heap(t, ctx) - before
		total := c.size * c.count
		t.Logf("%d MiB both ways in messages of %d KiB: at most %d KiB held while nobody reads, %d KiB behind it", total/MiB, c.size>>10, most>>10, left>>10)
		// A stream has 8 messages or 256 KiB unread in the page, and one message on its way
		// out; the outbox keeps what the socket does not take.
		if most > 4*MiB+2*c.size {
			t.Errorf("%d KiB were held", most>>10)
		}
		if left > MiB {
			t.Errorf("%d KiB are left", left>>10)
		}
	}
}

// settle waits until the page sends no more, for nobody reads.
func settle(t *testing.T, ctx context.Context) {
	t.Helper()
	for before := ""; ; time.Sleep(100 * time.Millisecond) {
		sent, err := chromedp.Run(ctx, chromedp.Evaluate[int]("window.sent"))
		if err != nil {
			t.Fatal(err)
		}
		if now := strconv.Itoa(sent); now == before {
			return
		} else {
			before = now
		}
	}
}

// heap is what the page holds: objects and buffers, without garbage.
func heap(t *testing.T, ctx context.Context) int {
	t.Helper()
	held, err := chromedp.Run(ctx, func(ctx context.Context, target *chromedp.Target) (int, error) {
		for range 2 { // buffers are freed by the collection behind the one that finds their objects
			if _, err := cdp.Call(ctx, target, heapprofiler.CollectGarbage, cdp.Empty{}); err != nil {
				return 0, err
			}
		}
		usage, err := cdp.Call(ctx, target, runtime.GetHeapUsage, cdp.Empty{})
		return int(usage.UsedSize + usage.BackingStorageSize), err
	})
	if err != nil {
		t.Fatal(err)
	}
	return held
}

// resident are the bytes that the processes of the browser have in memory, each page of it
// counted once; 0 where the system does not say.
func resident(t *testing.T, ctx context.Context) int {
	t.Helper()
	browser := chromedp.FromContext(ctx).Browser.Process()
	if browser == nil {
		return 0
	}
	parents := map[int]int{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		text, _ := os.ReadFile(path)
		_, rest, _ := strings.Cut(string(text), ") ")
		if fields := strings.Fields(rest); len(fields) > 1 {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			parents[pid], _ = strconv.Atoi(fields[1])
		}
	}
	total := 0
	for pid := range parents {
		for p := pid; p != 0; p = parents[p] {
			if p == browser.Pid {
				total += proportional(pid)
				break
			}
		}
	}
	return total
}

// proportional is the memory of a process, of what it shares its part.
func proportional(pid int) int {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "Pss:" {
			kb, _ := strconv.Atoi(fields[1])
			return kb << 10
		}
	}
	return 0
}
