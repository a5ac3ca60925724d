package goname

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// ImportPathFault says why Go refuses an import path; it is empty for one that Go
// takes. The rules are those of golang.org/x/mod/module.CheckImportPath, which is
// no dependency for this alone: a test holds them against the go command.
func ImportPathFault(path string) string {
	switch {
	case path == "":
		return "it is empty"
	case !utf8.ValidString(path):
		return "it is not UTF-8"
	case path[0] == '-':
		return "it begins with `-`"
	}
	for part := range strings.SplitSeq(path, "/") {
		if fault := pathPartFault(part); fault != "" {
			return fault
		}
	}
	return ""
}

// ModulePathFault is ImportPathFault for the path of a module of one's own.
func ModulePathFault(path string) string {
	if fault := ImportPathFault(path); fault != "" {
		return fault
	}
	for part := range strings.SplitSeq(path, "/") {
		if part[0] == '.' {
			return fmt.Sprintf("`%s` begins with a dot", part)
		}
	}
	if i := strings.IndexByte(path, '+'); i >= 0 {
		return "it holds `+`"
	}
	last := path[strings.LastIndexByte(path, '/')+1:]
	digits, isVersion := strings.CutPrefix(last, "v")
	switch {
	case !isVersion || last == path || strings.Trim(digits, "0123456789.") != "" || digits == "":
		return ""
	case digits[0] == '0' || digits == "1" || strings.Contains(digits, "."):
		return fmt.Sprintf("`/%s` is no major version: `/v2` is the first", last)
	}
	return ""
}

// pathPartFault says why Go refuses a path with this part between two slashes.
func pathPartFault(part string) string {
	switch {
	case part == "":
		return "a part of it is empty"
	case strings.HasSuffix(part, "."):
		return fmt.Sprintf("`%s` ends with a dot", part)
	}
	for _, r := range part {
		if !inImportPath(r) {
			return fmt.Sprintf("`%s` holds %q", part, r)
		}
	}
	base, _, _ := strings.Cut(part, ".")
	if windowsDevice(base) {
		return fmt.Sprintf("`%s` is a device on Windows", base)
	}
	if i := strings.LastIndexByte(base, '~'); i >= 0 && i+1 < len(base) && strings.Trim(base[i+1:], "0123456789") == "" {
		return fmt.Sprintf("`%s` looks like the short name of a file on Windows", base)
	}
	return ""
}

// inImportPath reports whether a part of an import path may hold the character.
func inImportPath(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
		return true
	}
	return strings.ContainsRune("-._~+", r)
}

// windowsDevice reports whether a name stands for a device on Windows, in
// whatever case and with whatever extension.
func windowsDevice(name string) bool {
	switch name = strings.ToLower(name); name {
	case "con", "prn", "aux", "nul":
		return true
	}
	return len(name) == 4 && (name[:3] == "com" || name[:3] == "lpt") && '1' <= name[3] && name[3] <= '9'
}
