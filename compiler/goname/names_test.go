package goname

import (
	"testing"
)

func TestExportedName(t *testing.T) {
	for name, want := range map[string]string{
		"diskID": "DiskID", "DiskInfo": "DiskInfo", "file_name": "FileName", "a_b_c": "ABC", "URL": "URL",
		"http_url": "HTTPURL", "_x": "X", "x_": "X", "a__b": "AB", "_": "", "_1": "1", "x1": "X1", "x_1": "X1",
	} {
		if got := ExportedName(name); got != want {
			t.Errorf("exportedName(%q) = %q, want %q", name, got, want)
		}
	}
}

// Initialisms are in capitals as whole words, wherever they stand in a name, and as Go's
// linters have them; what only looks like one, or holds one, is not.
func TestInitialisms(t *testing.T) {
	for name, want := range map[string]string{
		"id": "ID", "ttl": "TTL", "url": "URL", "uid": "UID", "diskId": "DiskID", "disk_id": "DiskID", "idToken": "IDToken", "httpUrlPath": "HTTPURLPath",
		"ids": "IDs", "request_ids": "RequestIDs", "requestIDs": "RequestIDs", "urls": "URLs", "URLs": "URLs", "getURLsByID": "GetURLsByID",
		"https": "HTTPS", "dns": "DNS", "tls": "TLS", "http2": "HTTP2", "utf8": "UTF8", "id2": "ID2", "HttpProxy": "HTTPProxy", "Id": "ID",
		"idle": "Idle", "identity": "Identity", "video": "Video", "ui": "UI", "build": "Build", "curl": "Curl", "hid": "Hid", "apiary": "Apiary", "ipv4": "Ipv4",
		"DBId": "DBID", "aId": "AID", "Ids": "IDs", "uint8": "Uint8", "uuid": "UUID", "UserID": "UserID", "IDs": "IDs", "MAX_ID": "MAXID",
	} {
		if got := ExportedName(name); got != want {
			t.Errorf("ExportedName(%q) = %q, want %q", name, got, want)
		}
		if got := ExportedName(want); got != want {
			t.Errorf("ExportedName(%q) = %q: a Go name is not its own", want, got)
		}
	}
}

// Files of services are named by whole words.
func TestSnakeName(t *testing.T) {
	for name, want := range map[string]string{
		"HTTPProxy": "http_proxy", "DiskInfo": "disk_info", "URLs": "urls", "URLsByID": "urls_by_id", "Storage": "storage", "A_B": "a_b", "IDSource": "id_source",
	} {
		if got := SnakeName(name); got != want {
			t.Errorf("SnakeName(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestParamName(t *testing.T) {
	for name, want := range map[string]string{
		"disk": "disk", "Disk": "disk", "diskID": "diskID", "disk_id": "diskID", "urls": "urls", "url_paths": "urlPaths", "idsURLs": "idsURLs", "DISK": "disk", "HTTPPort": "httpPort",
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
		"history.v1": false, "a.type": true, "type.v1": false, "a.main": true, "main.v1": false, "a.internal.v1": true, "a._b": true, "con.v1": true, "a.v1.init": true,
		"init": true, "con": true, "LPT1": true, "func": true, "string": true, "len": true, "main": true, "internal": true, "vendor": true, "_x": true, "_": true,
	} {
		if got := PackageNameFault(name); (got != "") != bad {
			t.Errorf("PackageNameFault(%q) = %q", name, got)
		}
	}
}

// The Go name of a package is its last part; a version says nothing alone.
func TestPackageName(t *testing.T) {
	for name, want := range map[string]string{
		"storage": "storage", "history.v1": "historyv1", "temporal.api.common.v1": "commonv1", "a.b": "b", "v1": "v1", "a.v1beta2": "av1beta2", "a.v2.b": "b",
		"a.v": "v", "a.v1x": "v1x", "a.b.v1alpha": "bv1alpha",
	} {
		if got := PackageName(name); got != want {
			t.Errorf("PackageName(%q) = %q, want %q", name, got, want)
		}
	}
}
