// Package proof puts the generated codecs on trial. The code under gen comes
// from the schemas in ../../testdata/proof, which hold every construct that has
// a codec; the tests here treat all its types alike, through reflection.
package proof
