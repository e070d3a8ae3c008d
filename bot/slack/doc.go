// Package slack is the desk on Slack: it takes slash commands, buttons, forms and the home page over HTTP or Socket Mode,
// and renders neutral messages as Block Kit within Slack's limits.
//
// It knows nothing of the business: a verified payload becomes a bot.Request, a bot.Reply becomes what Slack reads. Types
// of the Slack SDK do not leave this package.
package slack
