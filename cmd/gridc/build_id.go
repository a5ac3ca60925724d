package main

import (
	"bytes"
	"encoding/binary"
	"io"
)

// idWithin is how many bytes at the beginning of a program hold its build ID: as many as
// the go command looks at.
const idWithin = 32 << 10

// buildID returns the build ID that Go's linker has put at the beginning of a program, "" if there
// is none. It differs wherever the contents do. ELF files have it in a note, others as text in front of
// their code: see package cmd/internal/buildid of Go.
func buildID(program io.ReaderAt) string {
	head := make([]byte, idWithin)
	n, err := program.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return ""
	}
	head = head[:n]
	if id := idOfNote(head); id != "" {
		return id
	}
	return idOfText(head)
}

// idOfNote looks for the note of a little-endian ELF file: the lengths of name and ID, the kind
// of note, the name, the ID.
func idOfNote(head []byte) string {
	const nameSize, kind, name = "\x04\x00\x00\x00", "\x04\x00\x00\x00", "Go\x00\x00"
	for at := range head {
		if !bytes.HasPrefix(head[at:], []byte(kind+name)) || at < 8 || string(head[at-8:at-4]) != nameSize {
			continue
		}
		size, rest := int64(binary.LittleEndian.Uint32(head[at-4:])), head[at+len(kind+name):]
		if size <= int64(len(rest)) {
			return string(rest[:size])
		}
	}
	return ""
}

func idOfText(head []byte) string {
	_, rest, found := bytes.Cut(head, []byte("\xff Go build ID: \""))
	id, _, ends := bytes.Cut(rest, []byte("\"\n \xff"))
	if !found || !ends {
		return ""
	}
	return string(id)
}
