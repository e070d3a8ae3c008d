package discord

import (
	"context"
	"errors"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"liaison/bot"
)

// A post is found again by the id of its first component. Discord keeps what the sender gives: a number of 32 bits, unique
// within the message, and shows it wherever the message is read; what has none is counted up from one. The nonce does not
// do: it is forgotten after minutes, and a message that is read back has lost it.
const (
	firstMark   = 1 << 20 // far above what Discord counts up to: a message has forty components
	marksOfARow = 1 << 6  // the message itself, and the pages in its thread; from the 63rd on pages share a number
	lastMarked  = (math.MaxInt32-firstMark)/marksOfARow - 1
)

// mark is the id that the first component of a row's page has; page 0 is the message itself. It is zero where there is none:
// without a row, and when rows have outgrown the 33 million that there is room for. Then nobody can know.
func mark(row int64, page int) int32 {
	if row <= 0 || row > lastMarked {
		return 0
	}
	return int32(firstMark + row*marksOfARow + int64(min(page, marksOfARow-1))) //nolint:gosec // bounded above
}

// marked gives a message its mark. The page that it is made of stays as it is.
func (m *payload) marked(id int32) *payload {
	if len(m.Components) > 0 {
		m.Components = slices.Clone(m.Components)
		m.Components[0].ID = id
	}
	return m
}

// markOf is the mark of a message of the desk's own; zero for any other's.
func (p *Platform) markOf(m posted) int32 {
	if m.Author.ID != p.me() || len(m.Components) == 0 {
		return 0
	}
	id := m.Components[0].ID
	if id < firstMark || id > math.MaxInt32 {
		return 0
	}
	return int32(id)
}

// errUnmarked, errUnread and errTooMuch say that nobody can know whether a message is out; of the last another search would not come
// to an end either, since it begins where this one did.
var (
	errUnmarked = &bot.SendError{Outcome: bot.Refused, Code: "no_mark", Err: errors.New("the outbox has more rows than the numbers by which Discord's messages are found again")}
	errUnread   = &bot.SendError{Outcome: bot.Refused, Code: "no_history", Err: errors.New("the bot may not read what was posted here: give it Read Message History")}
	errTooMuch  = &bot.SendError{Outcome: bot.Refused, Code: "too_much_history", Err: errors.New("too many messages came after it")}
)

// errUnnamed says that it cannot be known yet which messages are the desk's own: Discord has not said who it is. No message is at
// fault.
var errUnnamed = &bot.SendError{Outcome: bot.NotSent, Code: "starting", Wait: time.Second, Err: errors.New("Discord has not said yet who the bot is")}

// keptMark is the mark that a posted message has, whichever row posted it: an edit replaces every component, and must leave
// it as it is. What this process has posted or found it remembers; another's message is read once.
func (p *Platform) keptMark(ctx context.Context, channel, message string) (int32, error) {
	if known, ok := p.marks.get(message); ok {
		id, err := strconv.ParseInt(known, 10, 32)
		return int32(id), err
	}
	if p.me() == "" {
		return 0, errUnnamed
	}
	m, err := p.fetch(ctx, channel, message)
	if statusOf(err) == http.StatusForbidden {
		return 0, nil // where it cannot be read it cannot be looked for either
	}
	if err != nil {
		return 0, err
	}
	id := p.markOf(m)
	p.keepMark(message, id)
	return id, nil
}

func (p *Platform) keepMark(message string, id int32) {
	p.marks.put(message, strconv.FormatInt(int64(id), 10))
}

// fetch reads one message.
func (p *Platform) fetch(ctx context.Context, channel, message string) (m posted, err error) {
	path := "channels/" + url.PathEscape(channel) + "/messages/"
	err = p.api.call(ctx, request{method: "GET", path: path + url.PathEscape(message), bucket: path}, &m)
	return m, err
}

// readable tells a channel in which nothing was said since from one whose history the bot may not read: Discord shows both
// as empty. The channel itself names its last message, which is then asked for.
func (p *Platform) readable(ctx context.Context, channel, since string) error {
	var there wireChannel
	path := "channels/" + url.PathEscape(channel)
	if err := p.api.call(ctx, request{method: "GET", path: path, bucket: path}, &there); err != nil || !later(there.LastMessage, since) {
		return err
	}
	_, err := p.fetch(ctx, channel, there.LastMessage)
	switch {
	case statusOf(err) == http.StatusForbidden:
		return errUnread
	case refusal(err) == codeUnknownMessage: // it was deleted
		return nil
	case err == nil:
		return &bot.SendError{Outcome: bot.Unknown, Code: "history_behind", Err: errors.New("Discord does not show yet what was posted")}
	}
	return err
}
