package idl

import "bytes"

// LikeLines is a text with the line ends of another one: CRLF where the first line
// of like ends so. Git may check out files with CRLF, which is no matter of form.
func LikeLines(like, text []byte) []byte {
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	first, _, found := bytes.Cut(like, []byte("\n"))
	if found && bytes.HasSuffix(first, []byte("\r")) {
		text = bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))
	}
	return text
}
