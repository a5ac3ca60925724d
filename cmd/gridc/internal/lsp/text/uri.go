package text

import (
	"net/url"
	"path"
	"path/filepath"
	"strings"
)

// Path is the slash-separated path of a file: URI. Documents that are no files, such as
// untitled:Untitled-1, have their URI for a path, as a .grid file, and are in no folder.
func Path(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "file" || u.Path == "" {
		return strings.TrimSuffix(uri, ".grid") + ".grid"
	}
	p := u.Path
	if len(p) > 2 && p[0] == '/' && p[2] == ':' { // /c:/folder
		p = strings.ToUpper(p[1:2]) + p[2:]
	}
	if u.Host != "" && u.Host != "localhost" {
		p = "//" + u.Host + p
	}
	return cleanPath(p)
}

func cleanPath(p string) string {
	if strings.HasPrefix(p, "//") {
		return "/" + path.Clean(p[1:])
	}
	return path.Clean(p)
}

// URI is the URI of a path, which is made absolute.
func URI(p string) string {
	if scheme, _, found := strings.Cut(p, ":"); found && len(scheme) > 1 && !strings.Contains(scheme, "/") {
		return p // what Path did not change
	}
	if abs, err := filepath.Abs(filepath.FromSlash(p)); err == nil {
		p = filepath.ToSlash(abs)
	}
	if rest, found := strings.CutPrefix(p, "//"); found {
		host, share, _ := strings.Cut(rest, "/")
		return (&url.URL{Scheme: "file", Host: host, Path: "/" + share}).String()
	}
	if !strings.HasPrefix(p, "/") {
		p = "/" + p
	}
	return (&url.URL{Scheme: "file", Path: p}).String()
}
