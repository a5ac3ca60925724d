// Package status is what a failed call says: a code, an outcome, a text, and what a
// declared error carries. Package grid shows all of it under its own name; import
// that instead.
//
// It owns nothing and knows the codec's message interface alone.
package status
