package faults

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"sync"
)

// Journal is a Recorder that writes to a file at once, so that what a process saw
// is known even after it was killed. Several may append to one file.
type Journal struct {
	file *os.File

	mu  sync.Mutex
	err error // the first fault in writing
}

// recordSize is what an event takes in a journal: its id and itself.
const recordSize = 9

// OpenJournal opens a file to append to.
func OpenJournal(path string) (*Journal, error) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &Journal{file: f}, nil
}

// Note implements Recorder.
func (j *Journal) Note(id uint64, e Event) {
	b := append(binary.LittleEndian.AppendUint64(make([]byte, 0, recordSize), id), byte(e))
	if _, err := j.file.Write(b); err != nil {
		j.mu.Lock()
		defer j.mu.Unlock()
		if j.err == nil {
			j.err = err
		}
	}
}

// Close closes the file, and returns what went wrong in all its life.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return errors.Join(j.err, j.file.Close())
}

// Replay takes down what a journal tells. A record that was cut short by a kill is
// left out: it was never written.
func (l *Ledger) Replay(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	r := bufio.NewReader(f)
	for {
		var b [recordSize]byte
		switch _, err := io.ReadFull(r, b[:]); err {
		case nil:
			l.Note(binary.LittleEndian.Uint64(b[:]), Event(b[8]))
		case io.EOF, io.ErrUnexpectedEOF:
			return nil
		default:
			return err
		}
	}
}
