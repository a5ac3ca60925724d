//go:build linux || darwin || freebsd || dragonfly || netbsd

package top

import (
	"os"
	"os/signal"
	"strings"
	"syscall"
	"unsafe"
)

// Terminal is a screen that can be drawn on, and whose keys can be read. One goroutine
// may use it.
type Terminal struct {
	in, out *os.File
	keyed   bool // in is a terminal, too

	cooked  syscall.Termios // how it was before Start
	keys    chan byte
	stop    chan struct{} // ends the goroutine that reads keys
	stopped chan struct{}

	resized, suspended chan os.Signal
}

// NewTerminal returns the terminal that out is, or nil if it is none.
func NewTerminal(in, out *os.File) *Terminal {
	if _, err := attributes(out); err != nil {
		return nil
	}
	_, err := attributes(in)
	return &Terminal{in: in, out: out, keyed: err == nil}
}

// What a terminal is told: another screen without a cursor, on which long lines do not
// go on in the next; and back.
const (
	enter = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J"
	leave = "\x1b[?7h\x1b[?25h\x1b[?1049l"
)

// Start takes the screen.
func (t *Terminal) Start() error {
	t.keys = make(chan byte, 16)
	t.resized, t.suspended = make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(t.resized, syscall.SIGWINCH)
	signal.Notify(t.suspended, syscall.SIGTSTP)
	if t.keyed {
		if err := t.readKeys(); err != nil {
			return err
		}
	}
	_, err := t.out.WriteString(enter)
	return err
}

// readKeys has keys told as they are pressed, and not shown. Those that end or suspend a
// program go on to be signals.
func (t *Terminal) readKeys() error {
	cooked, err := attributes(t.in)
	if err != nil {
		return err
	}
	t.cooked = *cooked
	raw := *cooked
	raw.Lflag &^= syscall.ECHO | syscall.ICANON
	raw.Cc[syscall.VMIN], raw.Cc[syscall.VTIME] = 0, 1 // a read waits for a tenth of a second
	if err := setAttributes(t.in, &raw); err != nil {
		return err
	}
	t.stop, t.stopped = make(chan struct{}), make(chan struct{})
	go func() {
		defer close(t.stopped)
		var b [1]byte
		for {
			select {
			case <-t.stop:
				return
			default:
			}
			if n, _ := t.in.Read(b[:]); n == 1 { // of nothing it says EOF
				select {
				case t.keys <- b[0]:
				case <-t.stop:
					return
				}
			}
		}
	}()
	return nil
}

// Stop gives the screen back as it was.
func (t *Terminal) Stop() {
	if t.stop != nil {
		close(t.stop)
		<-t.stopped
		t.stop = nil
		_ = setAttributes(t.in, &t.cooked) // nobody is left to be told
	}
	_, _ = t.out.WriteString(leave)
	signal.Stop(t.resized)
	signal.Stop(t.suspended)
}

// Suspend gives the screen back, stops the process as Ctrl-Z means it, and takes the
// screen again when it goes on.
func (t *Terminal) Suspend() error {
	t.Stop()
	if err := syscall.Kill(os.Getpid(), syscall.SIGSTOP); err != nil {
		return err
	}
	return t.Start()
}

// Keys are those that are pressed.
func (t *Terminal) Keys() <-chan byte { return t.keys }

// Resized tells that the terminal has another size.
func (t *Terminal) Resized() <-chan os.Signal { return t.resized }

// Suspended tells that Suspend is asked for.
func (t *Terminal) Suspended() <-chan os.Signal { return t.suspended }

// Size is how many columns and rows there are; 80 and 24 where nobody knows.
func (t *Terminal) Size() (columns, rows int) {
	var size struct{ rows, columns, x, y uint16 }
	if err := control(t.out, syscall.TIOCGWINSZ, unsafe.Pointer(&size)); err != nil || size.rows == 0 || size.columns == 0 {
		return 80, 24
	}
	return int(size.columns), int(size.rows)
}

// Draw shows lines, at most as many as there are rows, the first at the top, in the place
// of what was there. A line is erased before it is written: after one that fills its row
// the cursor stays on the last character.
func (t *Terminal) Draw(lines []string, rows int) error {
	left := strings.Repeat("\r\n\x1b[K", max(0, rows-len(lines)))
	_, err := t.out.WriteString("\x1b[H\x1b[K" + strings.Join(lines, "\r\n\x1b[K") + left)
	return err
}

func attributes(f *os.File) (*syscall.Termios, error) {
	var a syscall.Termios
	return &a, control(f, getAttributes, unsafe.Pointer(&a))
}

func setAttributes(f *os.File, a *syscall.Termios) error {
	return control(f, putAttributes, unsafe.Pointer(a))
}

// control is ioctl.
func control(f *os.File, request uintptr, what unsafe.Pointer) error {
	if _, _, fault := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), request, uintptr(what)); fault != 0 {
		return fault
	}
	return nil
}
