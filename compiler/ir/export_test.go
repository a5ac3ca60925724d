package ir

// WireKinds is for the test that every kind has one.
var WireKinds = wireKinds
