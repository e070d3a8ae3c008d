package slack

import "strings"

// escape makes text harmless in Slack's markup, where only these three characters open anything.
func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}
