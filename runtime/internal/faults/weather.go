package faults

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// storms are the faults that a random schedule chooses from, and how long each
// lasts at most; 0 is over at once.
var storms = []struct {
	name  string
	most  time.Duration
	begin func(*Proxy, *rand.Rand)
}{
	{"cut by FIN", 0, func(p *Proxy, _ *rand.Rand) { p.Cut(FIN) }},
	{"cut by RST", 0, func(p *Proxy, _ *rand.Rand) { p.Cut(RST) }},
	{"delay", time.Second, func(p *Proxy, rng *rand.Rand) {
		p.Set(Up, Weather{Delay: upTo(rng, 60*time.Millisecond)})
		p.Set(Down, Weather{Delay: upTo(rng, 60*time.Millisecond)})
	}},
	{"throttle", time.Second, func(p *Proxy, rng *rand.Rand) {
		p.SetBoth(Weather{Rate: 50_000 + rng.IntN(2_000_000)})
	}},
	{"swallow one way", time.Second, func(p *Proxy, rng *rand.Rand) {
		p.Set(Direction(rng.IntN(2)), Weather{Swallow: true})
	}},
	{"swallow both ways", time.Second, func(p *Proxy, _ *rand.Rand) { p.SetBoth(Weather{Swallow: true}) }},
	{"hold", time.Second, func(p *Proxy, _ *rand.Rand) { p.SetBoth(Weather{Hold: true}) }},
	{"hold one way", time.Second, func(p *Proxy, rng *rand.Rand) {
		p.Set(Direction(rng.IntN(2)), Weather{Hold: true})
	}},
	{"cut, then a black hole", 500 * time.Millisecond, func(p *Proxy, _ *rand.Rand) {
		p.BlackHole()
		p.Cut(RST)
	}},
}

// Storm lets random faults befall a link, one after the other with pauses between
// them, until stop is closed, and counts them. They follow from rng alone; what
// they hit does not.
func Storm(stop <-chan struct{}, p *Proxy, rng *rand.Rand, log func(string)) (faults int) {
	defer p.Calm()
	for {
		s := storms[rng.IntN(len(storms))]
		lasts := time.Duration(0)
		if s.most > 0 {
			lasts = upTo(rng, s.most)
		}
		log(fmt.Sprintf("%s for %v", s.name, lasts.Round(time.Millisecond)))
		s.begin(p, rng)
		faults++
		if !pause(stop, lasts) {
			return faults
		}
		p.Calm()
		if !pause(stop, upTo(rng, 400*time.Millisecond)) {
			return faults
		}
	}
}

// pause waits for d, and reports whether there is to be more after it.
func pause(stop <-chan struct{}, d time.Duration) bool {
	if d <= 0 {
		select {
		case <-stop:
			return false
		default:
			return true
		}
	}
	select {
	case <-time.After(d):
		return true
	case <-stop:
		return false
	}
}
