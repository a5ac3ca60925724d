//go:build race

package secure

const raceEnabled = true // under which pools drop what they get
