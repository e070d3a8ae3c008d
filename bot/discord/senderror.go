package discord

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	sdk "github.com/bwmarrin/discordgo"

	"liaison/bot"
)

// Discord's own codes that the desk tells apart.
const (
	codeUnknownChannel  = 10003
	codeUnknownMessage  = 10008
	codeUnknownUser     = 10013
	codeUnknownWebhook  = 10015
	codeUnknownInteract = 10062
	codeAcknowledged    = 40060
	codeBadRecipient    = 50033
	codeBadToken        = 50027
	codeBadForm         = 50035
	codeThreadExists    = 160004
)

// lockedOut is how long a post waits while Discord refuses the token: it is the operator's to mend, and no message is at fault.
const lockedOut = time.Minute

// sayings are the refusals that people and operators meet, in words.
var sayings = map[int]string{
	codeUnknownChannel: "there is no such channel, or the bot is not in it",
	codeUnknownMessage: "the message is no longer there",
	50001:              "the bot may not see this channel",
	50007:              "this person takes no direct messages from the server",
	50013:              "the bot has no permission to post here",
	50035:              "Discord does not take the message as it is",
	codeBadRecipient:   "there is no such person",
}

// refusal gives Discord's own code of a failed call, zero where it gave none.
func refusal(err error) int {
	var refused *sdk.RESTError
	if errors.As(err, &refused) && refused.Message != nil {
		return refused.Message.Code
	}
	return 0
}

// unread reports a refusal whose words could not be read.
func unread(err error) bool {
	var refused *sdk.RESTError
	return errors.As(err, &refused) && refused.Message == nil
}

func statusOf(err error) int {
	var refused *sdk.RESTError
	if errors.As(err, &refused) && refused.Response != nil {
		return refused.Response.StatusCode
	}
	return 0
}

// sendError says of a failed call what is known of its effect.
func sendError(err error) *bot.SendError {
	var done *bot.SendError
	if errors.As(err, &done) {
		return done
	}
	var waits *waitError
	if errors.As(err, &waits) {
		return &bot.SendError{Outcome: bot.NotSent, Code: "ratelimited", Wait: max(waits.wait, 50*time.Millisecond), Err: err}
	}
	var limited *sdk.RateLimitError
	if errors.As(err, &limited) {
		wait := time.Duration(0) // it does not say how long
		if limited.RateLimit != nil && limited.TooManyRequests != nil && limited.RetryAfter > 0 {
			wait = min(max(limited.RetryAfter, 50*time.Millisecond), longestRetry)
		}
		return &bot.SendError{Outcome: bot.NotSent, Code: "ratelimited", Wait: wait, Err: errors.New("Discord asks to wait")}
	}
	var refused *sdk.RESTError
	if errors.As(err, &refused) {
		return restError(err)
	}
	var call *callError
	if errors.As(err, &call) && !call.reached {
		return &bot.SendError{Outcome: bot.NotSent, Code: "unreachable", Err: scrub(err)}
	}
	if errors.Is(err, context.Canceled) && call == nil {
		return &bot.SendError{Outcome: bot.NotSent, Code: "stopped", Err: err}
	}
	return &bot.SendError{Outcome: bot.Unknown, Code: "no_answer", Err: scrub(err)} // a timeout, a reset, an answer that cannot be read
}

func restError(err error) *bot.SendError {
	status, code := statusOf(err), refusal(err)
	e := &bot.SendError{Outcome: bot.Refused, Code: fmt.Sprintf("http_%d", status), Err: scrub(err)}
	if code != 0 {
		e.Code = fmt.Sprint(code)
	}
	if says := sayings[code]; says != "" {
		e.Err = fmt.Errorf("%s (%w)", says, scrub(err))
	}
	switch {
	case code == codeUnknownMessage:
		e.Outcome = bot.Gone
	case status == http.StatusUnauthorized:
		e.Outcome, e.Wait = bot.NotSent, lockedOut
	case status == http.StatusTooManyRequests:
		e.Outcome = bot.NotSent
	case status >= 500 || status == http.StatusRequestTimeout:
		e.Outcome = bot.Unknown
	case unread(err): // half an answer, or a proxy's: it says that nothing was done, and not why
		e.Outcome = bot.NotSent
	}
	return e
}

// hopeless turns an error that no retry mends into a sentence for the operator; nil where trying again may help.
func hopeless(err error) error {
	switch statusOf(err) {
	case http.StatusUnauthorized:
		return errors.New("Discord refuses DISCORD_BOT_TOKEN: copy the token again from the Bot page of the Discord application")
	case http.StatusNotFound:
		return errors.New("there is no Discord at DISCORD_API_URL (404): leave it out to use Discord's own")
	}
	return nil
}
