package goname

import (
	"testing"
)

func TestExportedName(t *testing.T) {
	for name, want := range map[string]string{
		"diskID": "DiskID", "DiskInfo": "DiskInfo", "file_name": "FileName", "a_b_c": "ABC", "URL": "URL",
		"http_url": "HttpUrl", "_x": "X", "x_": "X", "a__b": "AB", "_": "", "_1": "1", "x1": "X1", "x_1": "X1",
	} {
		if got := ExportedName(name); got != want {
			t.Errorf("exportedName(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestParamName(t *testing.T) {
	for name, want := range map[string]string{
		"disk": "disk", "Disk": "disk", "diskID": "diskID", "disk_id": "diskId", "DISK": "disk", "HTTPPort": "httpPort",
		"type": "typeValue", "string": "stringValue", "len": "lenValue", "ctx": "ctxValue", "c": "cValue", "_": "",
	} {
		if got := ParamName(name); got != want {
			t.Errorf("paramName(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestPackageNameFault(t *testing.T) {
	for name, bad := range map[string]bool{
		"storage": false, "v1": false, "Storage": false, "grid": false, "context": false, "initial": false, "console": false,
		"init": true, "con": true, "LPT1": true, "func": true, "string": true, "len": true, "main": true, "internal": true, "vendor": true, "_x": true, "_": true,
	} {
		if got := PackageNameFault(name); (got != "") != bad {
			t.Errorf("PackageNameFault(%q) = %q", name, got)
		}
	}
}
