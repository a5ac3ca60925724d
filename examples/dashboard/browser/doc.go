// Package browser tries the TypeScript runtime and the dashboard in a real Chromium, against
// real nodes. It is a module of its own, so that the driver is no dependency of gridc's. The
// scripts are those that the dashboard serves. Its tests are skipped where there is no
// Chromium; .ci/run installs Debian's.
//
// PICTURES=folder go test -run Dashboard . keeps pictures of the page, for a person to look at.
package browser
