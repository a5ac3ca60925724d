// Package browser opens the page of package debug in a real Chromium. It is a module of
// its own, so that the driver is no dependency of gridc's. Its tests are skipped where
// there is no Chromium; .ci/run installs Debian's.
package browser
