// Package discord is the desk on Discord: it takes commands, buttons, selects and forms over HTTP interactions or the
// gateway, and renders neutral messages as Components V2 within Discord's limits.
//
// It knows nothing of the business: a verified interaction becomes a bot.Request, a bot.Reply becomes what Discord reads.
// A person is (discord, guild id, user id); in direct messages the guild is the one of the settings, so that one person
// stays one identity wherever they write. Types of the Discord SDK do not leave this package.
package discord
