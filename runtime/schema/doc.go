// Package schema describes what a set of handlers looks like on the wire, and
// judges whether two such descriptions can talk to each other.
//
// One engine serves two judges: a session compares the tables of both ends when it
// connects, and `gridc breaking` compares two revisions of a file. Names in a table
// are only for messages to people; numbers and keys are the identity.
//
// It owns the table, its wire format and the verdict, and knows neither files nor
// sessions. It is pure: no clock, no I/O.
package schema
