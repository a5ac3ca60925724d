package bench_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails if any benchmark leaves a goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
