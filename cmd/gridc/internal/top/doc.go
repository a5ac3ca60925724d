// Package top shows running nodes in a terminal, as top shows processes: what `gridc top`
// does but for its flags.
//
// It asks the pages of runtime/debug for their JSON, again and again, and knows nothing
// else of the nodes. On a terminal it owns the screen, until it gives it back; elsewhere
// it writes lines. What comes from a page is escaped and cut before it is shown.
package top
