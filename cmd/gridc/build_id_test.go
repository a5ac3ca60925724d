package main

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// The build ID of this test is what the go command says it is.
func TestBuildID(t *testing.T) {
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	want, err := exec.Command("go", "tool", "buildid", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := buildID(program); got == "" || got != strings.TrimSpace(string(want)) {
		t.Errorf("the build ID is %q, found was %q", want, got)
	}
}

// Where the build ID cannot be found, "" says that all of the program is to be hashed.
func TestNoBuildID(t *testing.T) {
	for name, program := range map[string]string{
		"nothing":          "",
		"no Go":            "#!/bin/sh\n",
		"a note cut short": "\x04\x00\x00\x00\xff\x00\x00\x00\x04\x00\x00\x00Go\x00\x00abc",
		"an empty ID":      "\x04\x00\x00\x00\x00\x00\x00\x00\x04\x00\x00\x00Go\x00\x00abc",
		"text cut short":   "\xff Go build ID: \"abc",
	} {
		if id := buildID(bytes.NewReader([]byte(program))); id != "" {
			t.Errorf("%s: found %q", name, id)
		}
	}
	for _, program := range []string{"MZ\xff Go build ID: \"a/b\"\n \xff.", "\x7fELF\x04\x00\x00\x00\x03\x00\x00\x00\x04\x00\x00\x00Go\x00\x00a/b\x00"} {
		if id := buildID(bytes.NewReader([]byte(program))); id != "a/b" {
			t.Errorf("%q: found %q", program, id)
		}
	}
}
