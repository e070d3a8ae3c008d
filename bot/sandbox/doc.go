// Package sandbox is a Slack-compatible workspace that runs on the loopback
// interface and shows itself in a browser tab: for demos, rehearsals and
// end-to-end tests, with no account and no network.
//
// It behaves like Slack, not like the app that talks to it: it imports nothing
// of ours, knows the app only by its manifest, and answers with Slack's own
// error codes. Being stricter than Slack is a fault here, and so is being laxer;
// where Slack's documents leave a limit open, the lower value is taken, because
// what passes here has to pass there.
package sandbox
