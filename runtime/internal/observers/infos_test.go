package observers

import (
	"fmt"
	"sync"
	"testing"

	"github.com/gridrpc/gridc/runtime/observe"
)

// Each handler has one info a subroute, whatever its number, and whoever asks first.
func TestInfos(t *testing.T) {
	for _, number := range []uint64{0, 7, 8, 9, 100} {
		for _, subroute := range []string{"", "disk1", "disk2"} {
			t.Run(fmt.Sprintf("%d/%s", number, subroute), func(t *testing.T) {
				x := new(Infos)
				if x.Known(number, subroute) != nil {
					t.Fatal("known before anybody has asked")
				}
				other := x.Of(number, "another", func() *observe.CallInfo { return &observe.CallInfo{Subroute: "another"} })
				got := make([]*observe.CallInfo, 4)
				var all sync.WaitGroup
				for i := range got {
					all.Go(func() {
						got[i] = x.Of(number, subroute, func() *observe.CallInfo { return &observe.CallInfo{Subroute: subroute} })
					})
				}
				all.Wait()
				for _, info := range got {
					if info != got[0] || info.Subroute != subroute || info == other {
						t.Errorf("%+v and %+v of one handler, %+v of another subroute", info, got[0], other)
					}
				}
				if known := x.Known(number, "another"); known != other {
					t.Errorf("known: %+v, not %+v", known, other)
				}
			})
		}
	}
	if (*Infos)(nil).Known(1, "") != nil {
		t.Error("known to nobody")
	}
}
