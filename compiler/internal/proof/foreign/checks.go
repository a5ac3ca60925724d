package foreign

import (
	"errors"
	"fmt"
	"strings"
)

// CheckBucket is the function of an annotation: it gets its arguments, "" for one left out.
func CheckBucket(name string, most uint32, prefix string) error {
	switch {
	case len(name) > int(most):
		return fmt.Errorf("a bucket's name has at most %d bytes", most)
	case !strings.HasPrefix(name, prefix):
		return fmt.Errorf("a bucket's name begins with %q", prefix)
	}
	return nil
}

// ErrEven is what CheckOdd finds.
var ErrEven = errors.New("one of them is even")

// CheckOdd gets a whole list.
func CheckOdd(numbers []int32) error {
	for _, n := range numbers {
		if n%2 == 0 {
			return ErrEven
		}
	}
	return nil
}

// CheckEven gets what an optional field points at.
func CheckEven(n int64) error {
	if n%2 != 0 {
		return errors.New("it is odd")
	}
	return nil
}
