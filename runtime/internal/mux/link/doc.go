// Package link is what one socket gives its calls and streams: the way out, the
// large messages that come in, what the ends agreed on, when something was last
// heard. A session embeds a Link by value; its fields are static, atomic, or have
// locks of their own. It knows neither calls nor streams.
package link
