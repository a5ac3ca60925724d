package top

import (
	"fmt"
	"net/url"
	"strings"
)

// usualPath is where a page is mounted where nobody says otherwise.
const usualPath = "/debug/grid/"

// target is a page to be asked.
type target struct {
	shown string // as messages have it, without a password
	ask   string // the URL of its JSON
}

// parseTarget reads the URL of a page, or HOST:PORT, which is at http and the usual path.
func parseTarget(text string) (*target, error) {
	full := text
	if !strings.Contains(full, "://") {
		full = "http://" + full
	}
	u, err := url.Parse(full)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%q is neither the URL of a page nor HOST:PORT", text)
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("%q: a page is at http:// or https://", text)
	case u.Host == "":
		return nil, fmt.Errorf("%q names no host", text)
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = usualPath
	}
	u.Fragment, u.RawQuery = "", ""
	t := &target{shown: u.Redacted()}
	u.RawQuery = "json"
	t.ask = u.String()
	return t, nil
}
