package handshake

import (
	"errors"
	"fmt"
)

// maxName bounds node names, so that a hello always fits its limit.
const maxName = 255

func CheckName(name string) error {
	switch {
	case name == "":
		return errors.New("is empty")
	case len(name) > maxName:
		return fmt.Errorf("is %d bytes long, the most is %d", len(name), maxName)
	}
	return nil
}
