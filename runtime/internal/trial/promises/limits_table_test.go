package promises_test

// limitTests names, for each field of Limits, the tests that exceed it.
// TestEveryLimitIsExceeded compares it with the struct, TestTablesNameTests with
// the tests.
var limitTests = map[string][]string{
	"Message":     {"TestP6RequestTooLarge", "TestP6ResponseTooLarge", "TestP4TypedMessageTooLargeEndsTheStream"},
	"Hello":       {"TestOversizedHello"},
	"SchemaTable": {"TestEndlessRoutes"},

	"Handshake":    {"TestSlowHandshake"},
	"PingInterval": {"TestLiveness", "TestP8SilentPeerIsNoticed"},
	"PongTimeout":  {"TestLiveness", "TestP8SilentPeerIsNoticed"},
	"WriteStall":   {"TestP6WritesThatStallEndTheSession", "TestAttackFloods"},
	"BackoffMin":   {"TestReconnectionBacksOff"},
	"BackoffMax":   {"TestReconnectionBacksOff"},
	"CallTimeout":  {"TestP1DefaultDeadlines"},

	"RunningCalls":      {"TestP6RunningCallsAreBounded"},
	"RunningCallsTotal": {"TestP6RunningCallsAreBounded"},
	"OpenStreams":       {"TestP6OpenStreamsAreBounded"},

	"BulkWindow":      {"TestChunksPastTheWindow"},
	"BulkWindowMax":   {"TestP6BulkWindowGrowsToItsMost"},
	"Unread":          {"TestP6UnreadBytesOfASessionAreBounded"},
	"Reassembly":      {"TestP6ReassemblyIsBoundedAndEverythingArrives"},
	"SendQueue":       {"TestP6SendQueueIsBounded"},
	"OwedAnswers":     {"TestControlQueueIsBounded"},
	"StreamWindowMin": {"TestP6UnreadBytesOfAStreamAreBounded"},
	"StreamWindowMax": {"TestP6StreamWindowGrowsToItsMost"},

	"Unauthenticated":           {"TestAttackSocketsInTotal"},
	"UnauthenticatedPerAddress": {"TestTooManyPendingHandshakes"},
}
