package discord

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"time"

	"liaison/agency"
	"liaison/bot"
)

const (
	historyPages = 10              // of 100 messages, read at most to find one
	clockSkew    = 5 * time.Minute // by which Discord's clock may be behind ours

	// nonceLife is how long Discord surely answers a repeated nonce with the first message ("a few minutes").
	nonceLife = 2 * time.Minute

	// keptFor is how long a button finds what was kept for it; drawing its card again begins it anew.
	keptFor = 400 * 24 * time.Hour
)

// moreInThread is said at the foot of a message that goes on.
const moreInThread = "The rest is below or in the thread, as it was when this was posted."

func (p *Platform) instant() agency.Instant { return agency.InstantOf(p.now()) }

// posted is a message as Discord gives it back, as far as the desk reads it.
type posted struct {
	ID        string `json:"id"`
	ChannelID string `json:"channel_id"`
	Author    struct {
		ID string `json:"id"`
	} `json:"author"`
	Components []struct {
		ID int64 `json:"id"`
	} `json:"components"`
}

// Post posts a message and gives its id, "channel/message". Its nonce is the outbox row, so that a repeat within minutes
// finds the first message instead of posting a second; by its mark it is found after that.
func (p *Platform) Post(ctx context.Context, d bot.Delivery) (string, error) {
	out, err := render(d.Message, place{Workspace: d.To.Workspace, More: moreInThread})
	if err != nil {
		return "", &bot.SendError{Outcome: bot.Refused, Code: "unrenderable", Err: err}
	}
	if err := p.keep(ctx, out); err != nil {
		return "", &bot.SendError{Outcome: bot.NotSent, Code: "not_kept", Err: err}
	}
	m := message(out.Main, false).marked(mark(d.RowID, 0))
	m.Nonce, m.OnceOnly = nonce("row", d.RowID, 0)
	sent, err := p.deliver(ctx, d, m, out.Main.Files)
	if err != nil {
		return "", p.noted(sendError(err))
	}
	if sent.ID == "" {
		return "", &bot.SendError{Outcome: bot.Unknown, Code: "no_id", Err: errors.New("Discord gave no id of the message")}
	}
	p.worked()
	p.keepMark(sent.ID, mark(d.RowID, 0))
	id := messageID(sent.ChannelID, sent.ID)
	return id, p.postRest(ctx, id, d, out.Thread, nil)
}

// Complete puts the rest of a long message into its thread: what is not there yet.
func (p *Platform) Complete(ctx context.Context, id string, d bot.Delivery) error {
	out, err := render(d.Message, place{Workspace: d.To.Workspace, More: moreInThread})
	if err != nil {
		return &bot.SendError{Outcome: bot.Refused, Code: "unrenderable", Err: err}
	}
	if len(out.Thread) == 0 {
		return nil
	}
	there, err := p.pagesOf(ctx, id, d)
	if err != nil {
		return sendError(err)
	}
	return p.postRest(ctx, id, d, out.Thread, there)
}

// nonce names what a message comes of, a row of the outbox or something that was said, and the page of it.
func nonce(of string, row int64, page int) (string, bool) {
	if row == 0 {
		return "", false
	}
	name := of + "-" + strconv.FormatInt(row, 36)
	if page > 0 {
		name += "-" + strconv.Itoa(page)
	}
	return name, len(name) <= maxNonce
}

// deliver posts to a channel, a person or a thread, whichever the delivery names.
func (p *Platform) deliver(ctx context.Context, d bot.Delivery, m *payload, files []file) (posted, error) {
	if d.ThreadID != "" {
		channel, root := splitMessageID(d.ThreadID, d.To.Channel)
		return p.reply(ctx, channel, root, d.Message.Summary, m, files)
	}
	if direct, known := p.people.get(d.To.Channel); known {
		return p.send(ctx, direct, m, files)
	}
	sent, err := p.send(ctx, d.To.Channel, m, files)
	if refusal(err) != codeUnknownChannel {
		return sent, err
	}
	// An address may name a person. Ids do not tell, so Discord is asked, once for each.
	direct, asked := p.directChannel(ctx, d.To.Channel)
	switch code := refusal(asked); {
	case code == codeBadRecipient || code == codeUnknownUser || code == codeBadForm:
		return sent, err // neither a channel nor a person
	case asked != nil:
		return sent, asked
	}
	return p.send(ctx, direct, m, files)
}

// errDeleted says that a message was posted and then deleted: until Discord forgets its nonce it makes none in its place.
var errDeleted = &bot.SendError{Outcome: bot.NotSent, Code: "deleted", Err: errors.New("it was deleted before it was known to be out; it is posted again")}

// send is one message into one channel.
func (p *Platform) send(ctx context.Context, channel string, m *payload, files []file) (posted, error) {
	var sent posted
	path := "channels/" + url.PathEscape(channel) + "/messages"
	err := p.api.call(ctx, request{method: "POST", path: path, bucket: path, body: m, files: files}, &sent)
	if sent.ChannelID == "" {
		sent.ChannelID = channel
	}
	if m.OnceOnly && refusal(err) == codeUnknownMessage {
		return sent, errDeleted
	}
	return sent, err
}

// directChannel is the channel of the direct messages with a person. Opening it again gives the same one.
func (p *Platform) directChannel(ctx context.Context, user string) (string, error) {
	if channel, known := p.people.get(user); known {
		return channel, nil
	}
	var opened wireChannel
	err := p.api.call(ctx, request{method: "POST", path: "users/@me/channels", bucket: "users/@me/channels", body: map[string]string{"recipient_id": user}}, &opened)
	if err != nil {
		return "", err
	}
	if opened.ID == "" {
		return "", errors.New("Discord gave no channel for direct messages")
	}
	p.people.put(user, opened.ID)
	return opened.ID, nil
}

// reply posts in the thread of a message. A thread has the id of the message at which it began. Where there can be none, in
// direct messages and in threads, it is an answer to the message.
func (p *Platform) reply(ctx context.Context, channel, root, title string, m *payload, files []file) (posted, error) {
	sent, err := p.send(ctx, root, m, files)
	if refusal(err) != codeUnknownChannel {
		return sent, err
	}
	path := "channels/" + channel + "/messages/" + root + "/threads"
	name := bot.Squeeze(orElse(bot.OneLine(title), "Details"), maxThreadName)
	var thread wireChannel
	err = p.api.call(ctx, request{method: "POST", path: path, bucket: "channels/" + channel + "/threads", body: map[string]any{"name": name, "auto_archive_duration": 10080}}, &thread)
	if err == nil || refusal(err) == codeThreadExists {
		return p.send(ctx, root, m, files)
	}
	if code := refusal(err); code == codeUnknownChannel || statusOf(err) == 0 || statusOf(err) >= 500 || sendError(err).Code == "ratelimited" {
		return posted{}, err
	}
	m.Reference = &reference{MessageID: root}
	return p.send(ctx, channel, m, files)
}

// postRest puts detail into the thread of a message, except the pages that are there, by how often each mark is. They come
// in order, so of pages that share a mark the first are there. Where rows have none, twice is better than never.
func (p *Platform) postRest(ctx context.Context, id string, d bot.Delivery, pages []page, there map[int32]int) error {
	channel, root := threadOf(id, d)
	for i, pg := range pages {
		at := mark(d.RowID, i+1)
		if there[at] > 0 {
			there[at]--
			continue
		}
		m := message(pg, false).marked(at)
		m.Nonce, m.OnceOnly = nonce("row", d.RowID, i+1)
		if _, err := p.reply(ctx, channel, root, d.Message.Summary, m, pg.Files); err != nil {
			return p.noted(sendError(err))
		}
	}
	return nil
}

// threadOf is where the rest of a message goes: its own thread, or the one in which it stands.
func threadOf(id string, d bot.Delivery) (channel, root string) {
	if d.ThreadID != "" {
		return splitMessageID(d.ThreadID, d.To.Channel)
	}
	return splitMessageID(id, d.To.Channel)
}

// pagesOf counts the marks of pages that stand after their message, in its thread or beside the message where there can be none.
func (p *Platform) pagesOf(ctx context.Context, id string, d bot.Delivery) (map[int32]int, error) {
	there := map[int32]int{}
	channel, root := threadOf(id, d)
	_, message := splitMessageID(id, d.To.Channel)
	for _, at := range []string{root, channel} {
		err := p.eachMessage(ctx, at, message, func(m posted) bool {
			if of := p.markOf(m); of != 0 {
				there[of]++
			}
			return true
		})
		if err != nil && refusal(err) != codeUnknownChannel { // without a thread there is nothing in it
			return nil, err
		}
	}
	return there, nil
}

// Edit puts a message in the place of a posted one, which keeps its mark.
func (p *Platform) Edit(ctx context.Context, id string, d bot.Delivery) error {
	out, err := render(d.Message, place{Workspace: d.To.Workspace, More: moreInThread})
	if err != nil {
		return &bot.SendError{Outcome: bot.Refused, Code: "unrenderable", Err: err}
	}
	if err := p.keep(ctx, out); err != nil {
		return &bot.SendError{Outcome: bot.NotSent, Code: "not_kept", Err: err}
	}
	channel, sent := splitMessageID(id, d.To.Channel)
	if sent == "" {
		return &bot.SendError{Outcome: bot.Gone, Code: "10008", Err: errors.New("there is no message id")}
	}
	at, err := p.keptMark(ctx, channel, sent)
	if err != nil {
		return p.noted(sendError(err))
	}
	path := "channels/" + channel + "/messages/"
	err = p.api.call(ctx, request{method: "PATCH", path: path + sent, bucket: path, body: message(out.Main, false).marked(at), files: out.Main.Files}, nil)
	if err != nil {
		return p.noted(sendError(err))
	}
	p.worked()
	return nil
}

// RepeatSafe reports that a post first tried so long ago may be sent again: its nonce still settles a repeat.
func (p *Platform) RepeatSafe(sinceFirst time.Duration) bool { return sinceFirst < nonceLife }

// Find looks for the message of an outbox row by its mark, for when it is not known whether a post arrived and its nonce is
// forgotten. Where messages have no marks, or may not be read, it answers with a refusal: nobody can know.
func (p *Platform) Find(ctx context.Context, d bot.Delivery, since time.Time) (string, bool, error) {
	if mark(d.RowID, 0) == 0 {
		return "", false, errUnmarked
	}
	channel := d.To.Channel
	if d.ThreadID != "" {
		parent, root := splitMessageID(d.ThreadID, d.To.Channel)
		id, found, err := p.find(ctx, root, d.RowID, since)
		if refusal(err) != codeUnknownChannel {
			return id, found, orSendError(err)
		}
		channel = parent // there is no thread: it would be an answer beside the message
	} else if direct, known := p.people.get(channel); known {
		channel = direct
	}
	id, found, err := p.find(ctx, channel, d.RowID, since)
	if refusal(err) != codeUnknownChannel || d.ThreadID != "" {
		return id, found, orSendError(err)
	}
	direct, err := p.directChannel(ctx, channel)
	if err != nil {
		return "", false, sendError(err)
	}
	id, found, err = p.find(ctx, direct, d.RowID, since)
	return id, found, orSendError(err)
}

func orSendError(err error) error {
	if err == nil {
		return nil
	}
	return sendError(err)
}

func (p *Platform) find(ctx context.Context, channel string, rowID int64, since time.Time) (id string, found bool, err error) {
	err = p.eachMessage(ctx, channel, snowflakeAt(since.Add(-clockSkew)), func(m posted) bool {
		if p.markOf(m) == mark(rowID, 0) {
			id, found = messageID(channel, m.ID), true
			p.keepMark(m.ID, mark(rowID, 0))
		}
		return !found
	})
	return id, found, err
}

// eachMessage reads a channel from behind an id on, oldest pages first, until visit says that it is enough.
func (p *Platform) eachMessage(ctx context.Context, channel, after string, visit func(posted) bool) error {
	if p.me() == "" {
		return errUnnamed
	}
	path := "channels/" + url.PathEscape(channel) + "/messages"
	for n := range historyPages {
		var messages []posted
		query := url.Values{"limit": {"100"}, "after": {after}}
		if err := p.api.call(ctx, request{method: "GET", path: path, bucket: path, query: query}, &messages); err != nil {
			return err
		}
		if messages == nil {
			return &bot.SendError{Outcome: bot.Unknown, Code: "no_messages", Err: errors.New("Discord gave no list of messages")}
		}
		if n == 0 && len(messages) == 0 {
			return p.readable(ctx, channel, after)
		}
		for _, m := range messages {
			if !visit(m) {
				return nil
			}
			if later(m.ID, after) {
				after = m.ID
			}
		}
		if len(messages) < 100 {
			return nil
		}
	}
	return errTooMuch
}

// discordEpoch is where the time in Discord's ids begins, in milliseconds.
const discordEpoch = 1420070400000

// snowflakeAt is the least id that something made at an instant can have.
func snowflakeAt(t time.Time) string {
	return strconv.FormatInt(max(t.UnixMilli()-discordEpoch, 0)<<22, 10)
}

func later(a, b string) bool { return len(a) > len(b) || len(a) == len(b) && a > b }

// worked keeps Ready honest: what a refused token broke is whole again when a call succeeds.
func (p *Platform) worked() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.intake.Open() && p.self != "" {
		p.trouble = nil
	}
}

// noted keeps Ready honest: a token that Discord refuses makes the platform unready until a call succeeds again.
func (p *Platform) noted(e *bot.SendError) error {
	if e.Wait == lockedOut && e.Code != "ratelimited" { // which may be for a minute too
		p.setTrouble(errors.New("discord refuses the bot token"))
	}
	return e
}
