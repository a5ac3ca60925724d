package main

import (
	"context"
	"io"
	"os"
	"path/filepath"

	"github.com/gridrpc/gridc/bench/internal/report"
	"github.com/gridrpc/gridc/bench/internal/tool"
)

// contest measures the gridc command beside buf and the plugins of protobuf,
// which it keeps in the user's cache.
func contest(ctx context.Context, stdout, progress io.Writer) error {
	cache, err := os.UserCacheDir()
	if err != nil {
		return err
	}
	e := report.NewEnvironment("go run . -compilers")
	c, err := tool.Contest(ctx, filepath.Join(cache, "gridc-bench"), progress)
	if err != nil {
		return err
	}
	e.Finish()
	return c.Markdown(stdout, e)
}
