package report

import (
	"strings"
	"testing"
	"time"
)

func TestContestComparesTheSameWork(t *testing.T) {
	ms := func(times ...time.Duration) (all []time.Duration) {
		for _, n := range times {
			all = append(all, n*time.Millisecond)
		}
		return all
	}
	c := &Contest{
		Entries: []Entry{
			{"gen", "gridc gen", 100 * time.Millisecond, ms(50, 80, 60), ms(40, 20, 20), 2_500_000},
			{"lint", "gridc lint", 30 * time.Millisecond, ms(31), ms(9), 0},
			{"gen", "buf generate", 0, ms(120, 90, 200), ms(80, 80, 80), 1_000_000},
		},
		Versions: map[string]string{"buf": "v1"},
	}
	var b strings.Builder
	if err := c.Markdown(&b, Environment{Command: "x"}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Versions: buf v1, gridc this tree.",
		"| gen | gridc gen | 60 | 50 | 80 | 1 | 20 | 1 | 2.50 | ≤ 100 | pass |\n| gen | buf generate | 120 | 90 | 200 | 2 | 80 | 4 | 1 |  |  |\n",
		"| lint | gridc lint | 31 | 31 | 31 | 1 | 9 | 1 |  | ≤ 30 | **miss** |",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in\n%s", want, b.String())
		}
	}
	if strings.Contains(b.String(), "alone") {
		t.Errorf("nobody is left out of\n%s", b.String())
	}
	b.Reset()
	c.LeftOut = "buf cannot be installed"
	if err := c.Markdown(&b, Environment{}); err != nil || !strings.Contains(b.String(), "gridc is alone: buf cannot be installed.") {
		t.Errorf("%v\n%s", err, b.String())
	}
}
