package promgrid

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// metricName is how metrics are written in files.
var metricName = regexp.MustCompile(`\bgrid_[a-z_]+`)

// described are the names of all metrics there are, with what makes them up.
func describedNames(t *testing.T) map[string]bool {
	t.Helper()
	quoted := regexp.MustCompile(`fqName: "([^"]*)"`)
	names := make(map[string]bool)
	ch := make(chan *prometheus.Desc, 100)
	newCollector(nil, Options{}).Describe(ch)
	NewObserver(Options{}).Describe(ch)
	close(ch)
	for d := range ch {
		name := quoted.FindStringSubmatch(d.String())[1]
		names[name] = true
	}
	if len(names) < 30 {
		t.Fatalf("only %d metrics are described", len(names))
	}
	return names
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// README.md has all metrics, and no file speaks of one that is not there.
func TestFilesNameMetricsThatExist(t *testing.T) {
	names := describedNames(t)
	told := make(map[string]bool)
	for _, file := range []string{"README.md", "dashboard.json", "alerts.yml", "alerts_test.yml", "doc.go", "options.go"} {
		for _, mention := range metricName.FindAllString(readFile(t, file), -1) {
			name := mention
			for _, part := range []string{"_bucket", "_count", "_sum"} {
				if !names[name] {
					name = strings.TrimSuffix(name, part)
				}
			}
			if !names[name] {
				t.Errorf("%s names %s, which is not there", file, mention)
			}
			told[name] = told[name] || file == "README.md"
		}
	}
	for name := range names {
		if !told[name] {
			t.Errorf("README.md does not tell of %s", name)
		}
	}
}

// panel is the part of a Grafana panel that these tests read.
type panel struct {
	ID      int    `json:"id"`
	Type    string `json:"type"`
	Title   string `json:"title"`
	GridPos struct {
		X, Y, W, H int
	} `json:"gridPos"`
	Targets []struct {
		Expr string `json:"expr"`
	} `json:"targets"`
}

func dashboard(t *testing.T) (panels []panel) {
	t.Helper()
	var d struct {
		Panels []panel `json:"panels"`
	}
	if err := json.Unmarshal([]byte(readFile(t, "dashboard.json")), &d); err != nil {
		t.Fatal(err)
	}
	return d.Panels
}

// Grafana shows one of two panels with the same id, and moves those that overlap.
func TestDashboardIsSound(t *testing.T) {
	ids, taken := make(map[int]bool), make(map[[2]int]string)
	for _, p := range dashboard(t) {
		if ids[p.ID] || p.Title == "" || (p.Type != "row") != (len(p.Targets) > 0) {
			t.Errorf("panel %d, %q, is there twice, has no title, or no query", p.ID, p.Title)
		}
		ids[p.ID] = true
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other := taken[[2]int{x, y}]; other != "" || x >= 24 {
					t.Fatalf("%q overlaps %q, or is too wide", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
	}
}

// promtool runs Prometheus's tool, where it is installed.
func promtool(t *testing.T, stdin string, args ...string) {
	t.Helper()
	path, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("there is no promtool here; it is in Debian's package prometheus")
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	t.Logf("%s", out)
}

func TestAlertsAreSound(t *testing.T) { promtool(t, "", "check", "rules", "alerts.yml") }

// Each alert fires when it should, with what it says, and none when nothing is wrong.
func TestAlertsFire(t *testing.T) {
	rule := regexp.MustCompile(`alert: (\w+)`)
	tests := readFile(t, "alerts_test.yml")
	for _, m := range rule.FindAllStringSubmatch(readFile(t, "alerts.yml"), -1) {
		if strings.Count(tests, "alertname: "+m[1]) < 2 {
			t.Errorf("alerts_test.yml does not test %s both ways", m[1])
		}
	}
	promtool(t, "", "test", "rules", "alerts_test.yml")
}
