// Package kubernetes has a manifest of the storage example, and its test. It is a module
// of its own, so that the types of Kubernetes are no dependency of gridc's.
package kubernetes
