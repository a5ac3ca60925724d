// Package index says what each name in a set of .grid files means, and where else it
// stands.
//
// It works on trees that need not be sound: what is there is found, whatever is wrong
// beside it. It owns symbols and the places where they are named, and knows neither
// editors nor the protocol.
package index
