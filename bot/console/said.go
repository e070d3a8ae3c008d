package console

import (
	"fmt"
	"strconv"

	"liaison/bot"
)

// Write is a message of the person's: to the desk itself in direct messages, or with reply set in answer to the desk's newest
// message in their channel.
func (r *Room) Write(s *Seat, text string, reply bool) (bot.Request, error) {
	thread := ""
	if reply {
		if thread = r.newest(s); thread == "" {
			return bot.Request{}, fmt.Errorf("there is nothing in #%s for %s to reply to", s.Channel, s.Who.User)
		}
	}
	r.mu.Lock()
	r.written++
	id := "w" + strconv.Itoa(r.written)
	r.mu.Unlock()
	s.said = bot.Request{Kind: bot.Said, MessageID: id, ThreadID: thread, Private: s.Channel == s.Who.User, Text: text}
	s.wrote = s.Channel
	return r.request(s, s.said), nil
}

// Rewrite changes what the person wrote last; with an empty text it is deleted.
func (r *Room) Rewrite(s *Seat, text string) (bot.Request, error) {
	if s.said.MessageID == "" {
		return bot.Request{}, fmt.Errorf("%s has written nothing", s.Who.User)
	}
	req := s.said
	req.Text, req.Change = text, bot.Edited
	if text == "" {
		req.Change = bot.Deleted
	}
	s.Channel = s.wrote
	return r.request(s, req), nil
}

// newest is the newest message in a person's channel that does not itself stand in a thread.
func (r *Room) newest(s *Seat) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := len(r.posts) - 1; i >= 0; i-- {
		if p := r.posts[i]; p.to == s.place() && p.thread == "" {
			return p.id
		}
	}
	return ""
}
