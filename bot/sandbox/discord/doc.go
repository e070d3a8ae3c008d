// Package discord is a Discord-compatible server that runs on the loopback
// interface and shows itself in a browser tab: one application in one guild with
// channels, roles, members and direct messages. It serves demos, rehearsals and
// end-to-end tests, with no account and no network.
//
// It behaves like Discord, not like the app that talks to it: it imports nothing
// of ours, knows the app only by its token and its registered commands, and answers
// with Discord's own codes. Being stricter than Discord is a fault here, and so is
// being laxer. Its sources are Discord's documentation of API v10 and its published
// OpenAPI description; where the two differ the lower limit is taken, because what
// passes here has to pass there.
package discord
