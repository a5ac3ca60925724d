// Package schema describes what a set of handlers looks like on the wire, and
// judges whether two such descriptions can talk to each other.
//
// It is the one engine behind two judges: a session compares the tables of both
// ends when it connects, and `gridc breaking` compares two revisions of a file.
// Names in a table are for messages to people; identity is the number or key.
//
// It owns the table, its form on the wire and the verdict, and knows neither files nor
// sessions. It is pure: no clock, no I/O.
package schema
