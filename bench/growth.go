package main

import (
	"context"
	"io"
)

func growth(ctx context.Context, f *flags, stdout, stderr io.Writer) error { return nil }
