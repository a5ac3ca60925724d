package breaking

import (
	"strings"

	"github.com/gridrpc/gridc/compiler/ir"
)

// HasSubject reports whether a change can be about what a subject names in the
// schema: a package, a declaration of it, or a member of that, such as
// "storage.DiskInfo.4" or "storage.Storage.Get/request".
func HasSubject(s *ir.Schema, subject string) bool {
	subject, _, _ = strings.Cut(subject, "/")
	parts := strings.SplitN(subject, ".", 3)
	for _, p := range s.Packages {
		switch {
		case p.Name != parts[0]:
		case len(parts) == 1:
			return true
		default:
			return p.HasMember(parts[1], parts[2:])
		}
	}
	return false
}
