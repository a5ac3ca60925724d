package goname

import (
	"go/token"
	"go/types"
	"regexp"
	"strings"
)

// ExportedName is the Go name of something that a .grid file calls name: JoinedName, with
// initialisms in capitals, as Go writes them: disk_id and diskId are DiskID, url is URL.
func ExportedName(name string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(name, "_") {
		for word := range camelWords(upperFirst(part)) {
			b.WriteString(initialism(word))
		}
	}
	return b.String()
}

// JoinedName is a name with its first letter in upper case and the words that `_` separates
// run together, each starting upper case. All else stays as written: diskID is DiskID,
// file_name FileName, user_id UserId.
func JoinedName(name string) string {
	if !strings.Contains(name, "_") {
		return upperFirst(name)
	}
	var b strings.Builder
	for word := range strings.SplitSeq(name, "_") {
		b.WriteString(upperFirst(word))
	}
	return b.String()
}

func upperFirst(word string) string {
	if word == "" || 'A' <= word[0] && word[0] <= 'Z' {
		return word
	}
	return strings.ToUpper(word[:1]) + word[1:]
}

// exportedIdent is what an exported Go name may look like here.
var exportedIdent = regexp.MustCompile(`^[A-Z][A-Za-z0-9_]*$`)

// IsExportedIdent reports whether name can be an exported Go name.
func IsExportedIdent(name string) bool { return exportedIdent.MatchString(name) }

// isGoKeyword reports whether Go keeps the name for itself.
func isGoKeyword(name string) bool { return token.IsKeyword(name) }

// isPredeclared reports whether Go declares the name everywhere, such as string
// or len: legal to declare again, and confusing.
func isPredeclared(name string) bool { return types.Universe.Lookup(name) != nil }

// ParamName is the Go name of a subroute parameter: not exported, and never one
// that hides a keyword, a predeclared name or a name that generated code uses.
func ParamName(name string) string {
	exported := ExportedName(name)
	if exported == "" {
		return ""
	}
	param := LowerFirst(exported)
	if isGoKeyword(param) || isPredeclared(param) || TakenNames[param] {
		param += "Value"
	}
	return param
}

// LowerFirst turns the first word of an exported name to lower case, where a run
// of capitals is one word, with the s of its plural: diskInfo, httpServer, id, urls.
func LowerFirst(name string) string {
	n := len(name) - len(strings.TrimLeft(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
	if n > 1 && n < len(name) && isLowerASCII(name[n]) && !isPlural(name, n) {
		n-- // the last capital begins the next word
	}
	return strings.ToLower(name[:n]) + name[n:]
}

// Package names that Go refuses to import, or that its tools pass over.
var unusablePackages = map[string]string{
	"init":     "in Go only a func can be called `init`",
	"main":     "Go cannot import a package `main`",
	"internal": "Go lets only the folder above import `internal`",
	"vendor":   "Go gives the folder `vendor` a meaning of its own",
	"testdata": "Go's tools ignore a folder `testdata`",
}

// deviceName are the names that Windows keeps for devices, however they are
// written and whatever follows them.
var deviceName = regexp.MustCompile(`(?i)^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])$`)

// PackageName is the Go name of a package of a .grid file: its last part, after the one
// before it where that is a version. history.v1 is historyv1, common.config config.
func PackageName(name string) string {
	dot := strings.LastIndexByte(name, '.')
	last := name[dot+1:]
	if dot < 0 || !versionForm.MatchString(last) {
		return last
	}
	return name[strings.LastIndexByte(name[:dot], '.')+1:dot] + last
}

// versionForm is a part of a package name that says nothing alone.
var versionForm = regexp.MustCompile(`^v[0-9]+(?:(?:alpha|beta|rc)[0-9]*)?$`)

// PackageFolder is the folder that a package has below that of generated code, with
// slashes.
func PackageFolder(name string) string { return strings.ReplaceAll(name, ".", "/") }

// PackageNameFault says why a package cannot have the name in Go; it is empty
// when it can.
func PackageNameFault(name string) string {
	goName := PackageName(name)
	switch {
	case isGoKeyword(goName):
		return "`" + goName + "` is a Go keyword"
	case isPredeclared(goName):
		return "`" + goName + "` is predeclared in Go"
	case unusablePackages[goName] != "":
		return unusablePackages[goName]
	}
	for part := range strings.SplitSeq(name, ".") {
		switch {
		case strings.HasPrefix(part, "_"):
			return "Go's tools ignore a folder that starts with `_`"
		case deviceName.MatchString(part):
			return "no folder can have that name on Windows"
		case unusableFolders[part] != "":
			return unusableFolders[part]
		}
	}
	return ""
}

// Folders that Go gives a meaning of their own.
var unusableFolders = map[string]string{
	"internal": unusablePackages["internal"],
	"vendor":   unusablePackages["vendor"],
	"testdata": unusablePackages["testdata"],
}
