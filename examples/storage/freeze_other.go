//go:build !unix

package main

import "errors"

// freeze cannot be had here.
func (ch *child) freeze() error { return errors.ErrUnsupported }
