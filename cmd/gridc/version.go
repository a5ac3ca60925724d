package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
)

// versionCmd is `gridc version`.
type versionCmd struct{}

func (versionCmd) run(env *environment) error {
	_, err := fmt.Fprintln(env.stdout, versionLine())
	return err
}

// versionLine names the build: the module version, or the revision of a build
// from a work tree, and the Go that it was built with.
func versionLine() string { return lineOf(version()) }

func lineOf(v string) string {
	if v == devel {
		v = "(devel, no revision recorded)"
	}
	return fmt.Sprintf("gridc %s %s", v, runtime.Version())
}

// devel is what the go command calls a build that it knows no version of.
const devel = "(devel)"

// version is the module version or the revision.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return versionOf(info)
	}
	return devel
}

// versionOf prefers the module version to the revision that the build was
// stamped with. `go install …@version` sets it, and so does a stamped build in
// a work tree, where it holds the revision.
func versionOf(info *debug.BuildInfo) string {
	if v := builtModule(info).Version; v != "" && v != devel {
		return v
	}
	var revision, modified string
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = " " + s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			modified = " (modified)"
		}
	}
	return devel + revision + modified
}

// builtModule is the module whose code this is: a replaced one bears a number
// that says nothing.
func builtModule(info *debug.BuildInfo) *debug.Module {
	if info.Main.Replace != nil {
		return info.Main.Replace
	}
	return &info.Main
}

// isReleased reports whether a build is of a version that others can download.
// One that was stamped was made in a work tree, whatever its version is called.
func isReleased(info *debug.BuildInfo) bool {
	stamped := slices.ContainsFunc(info.Settings, func(s debug.BuildSetting) bool { return s.Key == "vcs.revision" })
	return !stamped && strings.HasPrefix(builtModule(info).Version, "v")
}
