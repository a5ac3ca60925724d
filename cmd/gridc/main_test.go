package main

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gridrpc/gridc/compiler"
)

// TestMain lets the scripts run this very test binary as gridc.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"gridc": main})
}

// TestScripts runs the command as its users do. The scripts have one command
// of their own: `status N prog args...` runs a program that must exit with
// status N.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": wantStatus,
		},
		Setup: func(env *testscript.Env) error {
			env.Setenv("SOURCE", source(t))
			env.Setenv(cacheVariable, filepath.Join(env.WorkDir, ".cache"))
			return nil
		},
	})
}

func wantStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N prog args...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	err = ts.Exec(args[1], args[2:]...)
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("%s: exit status %d, want %d", strings.Join(args[1:], " "), got, want)
	}
}

// A panic below a subcommand ends with the status of a fault and says what a
// report needs.
func TestPanicIsReported(t *testing.T) {
	var stderr bytes.Buffer
	exit := func() (exit int) {
		defer reportPanic([]string{"gen", "a b.grid"}, &stderr, &exit)
		panic("the emitter lost its way")
	}()
	if exit != statusFault {
		t.Errorf("exit status %d, want %d", exit, statusFault)
	}
	for _, want := range []string{
		"gridc: internal fault: panic: the emitter lost its way",
		"https://github.com/gridrpc/gridc/issues",
		versionLine(),
		`gridc gen "a b.grid"`,
		"TestPanicIsReported", // the stack
	} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, &stderr)
		}
	}
}

func TestStatusOfErrors(t *testing.T) {
	for _, c := range []struct {
		name   string
		err    error
		want   int
		prints string
	}{
		{"nothing", nil, statusOK, ""},
		{"help", errShown, statusOK, ""},
		{"findings", errFindings, statusFindings, ""},
		{"trouble with a file", errors.New("open x.grid: no such file"), statusUsage, "gridc: open x.grid: no such file\n"},
		{"fault", fmt.Errorf("app.grid: %w", &compiler.Fault{Err: errors.New("emitted bad Go")}), statusFault, "gridc: internal fault: app.grid: emitted bad Go\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var stderr bytes.Buffer
			if got := conclude(c.err, []string{"gen"}, &stderr); got != c.want {
				t.Errorf("exit status %d, want %d", got, c.want)
			}
			if !strings.HasPrefix(stderr.String(), c.prints) || c.prints == "" && stderr.Len() > 0 {
				t.Errorf("printed %q, want %q", &stderr, c.prints)
			}
		})
	}
}

func TestVersionOfBuild(t *testing.T) {
	stamped := []debug.BuildSetting{{Key: "vcs.revision", Value: "c0ffee"}, {Key: "vcs.modified", Value: "true"}}
	for _, c := range []struct {
		info     debug.BuildInfo
		want     string
		released bool
	}{
		{debug.BuildInfo{}, "(devel)", false},
		{debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}}, "v1.2.3", true},
		{debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}, Settings: stamped}, "v1.2.3", false},
		{debug.BuildInfo{Main: debug.Module{Version: "(devel)"}, Settings: stamped}, "(devel) c0ffee (modified)", false},
		{debug.BuildInfo{Settings: stamped[:1]}, "(devel) c0ffee", false},
		{debug.BuildInfo{Main: debug.Module{Version: "v0.0.0", Replace: &debug.Module{Version: "(devel)"}}}, "(devel)", false},
		{debug.BuildInfo{Main: debug.Module{Version: "v0.0.0", Replace: &debug.Module{Version: "v1.2.4"}}}, "v1.2.4", true},
	} {
		if got := versionOf(&c.info); got != c.want {
			t.Errorf("versionOf(%+v) = %q, want %q", c.info, got, c.want)
		}
		if got := isReleased(&c.info); got != c.released {
			t.Errorf("isReleased(%+v) = %v", c.info, got)
		}
	}
}

// Where the go command recorded no revision, the line says so.
func TestVersionLineIsHonest(t *testing.T) {
	if got := lineOf("(devel)"); !strings.HasPrefix(got, "gridc (devel, no revision recorded) go") {
		t.Errorf("got %q", got)
	}
	if got := lineOf("(devel) c0ffee"); !strings.HasPrefix(got, "gridc (devel) c0ffee go") {
		t.Errorf("got %q", got)
	}
}
