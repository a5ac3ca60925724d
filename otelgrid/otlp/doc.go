// Package otlp tests package otelgrid together with OpenTelemetry's exporters: what three
// nodes send, over gRPC and over HTTP, is decoded by a receiver of the OTLP services. It
// is a module of its own, so that exporters and gRPC are no dependencies of otelgrid's.
package otlp
