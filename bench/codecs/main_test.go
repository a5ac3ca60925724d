package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestTablesOfOneValue(t *testing.T) {
	var out bytes.Buffer
	if err := run([]string{"-rounds", "1", "-time", "100us", "-values", "^small$", "-codecs", "gridc"}, &out, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"`marshal`", "`unmarshal`", "`reuse`", "| small | vtprotobuf |", "| small | gridc |", "≤ 1.30 × vtprotobuf"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s is missing in:\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "msgp-tuple") || strings.Contains(out.String(), "| wide |") {
		t.Errorf("more than was asked for:\n%s", out.String())
	}
}

func TestNothingToMeasure(t *testing.T) {
	for _, args := range [][]string{{"-values", "nothing"}, {"-values", "("}, {"-codecs", "("}} {
		if err := run(args, &bytes.Buffer{}, &bytes.Buffer{}); err == nil {
			t.Errorf("%v is no mistake", args)
		}
	}
}
