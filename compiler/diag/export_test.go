package diag

import "github.com/gridrpc/gridc/idl"

// What the tests, which see the package from outside, need of its inside.
type (
	JSONDiagnostic = jsonDiagnostic
	SARIFLog       = sarifLog
	SARIFRule      = sarifRule
)

// FileCodes are the codes of what is wrong within one revision.
func FileCodes() []Code { return idl.ParseCodes(codesText) }

var (
	SARIFURI   = sarifURI
	GitHubText = githubText
)
