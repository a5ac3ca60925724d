# Shortcuts. Nothing here is needed to build or test: see README.md and .ci/run.

.PHONY: all gen fmt test race lint fuzz example ci

all: gen fmt test

# Write the stubs of the example again.
gen:
	go run ./cmd/gridc gen examples/storage.grid

fmt:
	gofmt -w cmd compiler idl runtime examples *.go
	go run ./cmd/gridc fmt -w examples

test:
	go test ./...

race:
	go test -race ./...

lint:
	.ci/run format vet staticcheck golangci

# Every fuzz target for a while: make fuzz FUZZTIME=1m
fuzz:
	.ci/fuzz

example:
	go run ./examples/storage

# Everything that a change has to pass.
ci:
	.ci/run
