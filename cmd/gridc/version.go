package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// versionCmd is `gridc version`.
type versionCmd struct{}

func (versionCmd) run(env *environment) error {
	_, err := fmt.Fprintln(env.stdout, versionLine())
	return err
}

// versionLine names the build: the module version, or the revision of a build
// from a work tree, and the Go that it was built with.
func versionLine() string {
	return fmt.Sprintf("gridc %s %s", version(), runtime.Version())
}

// version is the module version or the revision.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return versionOf(info)
	}
	return "(devel)"
}

// versionOf prefers the module version, which `go install …@version` sets, to
// the revision that the build was stamped with.
func versionOf(info *debug.BuildInfo) string {
	if v := info.Main.Version; v != "" && v != "(devel)" {
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
	return "(devel)" + revision + modified
}
