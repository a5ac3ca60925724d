package compiler

import (
	"testing"
	"time"

	"github.com/gridrpc/gridc/compiler/internal/lab"
	"github.com/gridrpc/gridc/compiler/load"
)

func TestLoadStorage(t *testing.T) {
	s, ds, err := Load(load.Options{}, "../examples/storage.grid")
	if err != nil || s == nil {
		t.Fatalf("Load: %v\n%s", err, lab.OneLines(ds))
	}
	if len(s.Packages) != 2 || s.Packages[0].Name != "common" || s.Packages[1].Name != "storage" {
		t.Fatalf("packages = %v, want common before storage", s.Packages)
	}
	p := s.Packages[1]
	if s.Packages[0].Root || !p.Root || len(p.Imports) != 1 || p.Imports[0] != s.Packages[0] {
		t.Error("storage is the root and imports common")
	}
	svc := p.Services[0]
	if len(svc.Subroutes) != 1 || svc.Subroutes[0].GoName != "disk" {
		t.Errorf("subroutes = %+v", svc.Subroutes)
	}
	read := svc.Handlers[1]
	if read.ID != 12 || !read.Idempotent || read.Timeout != 30*time.Second || len(read.Errors) != 3 {
		t.Errorf("ReadVersion = %+v", read)
	}
	if read.Errors[2] != s.Packages[0].Errors[0] || read.Response.Message.Name != "FileInfo" {
		t.Errorf("ReadVersion answers %+v or %+v", read.Response, read.Errors)
	}
}
