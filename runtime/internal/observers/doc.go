// Package observers calls the observers of a node, which are code of others, behind a
// fence: on the path of calls, and from a queue for what happens where nobody may wait.
package observers
