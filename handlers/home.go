package handlers

import "liaison/bot"

// Home is a person's home page: what waits for them, their sellers, their cases, this week.
func Home(t *bot.Turn) (bot.Reply, error) {
	m := bot.Message{Summary: "Your desk", Parts: []bot.Part{bot.Heading("Your desk")}}
	return bot.Reply{Home: &m}, nil
}
