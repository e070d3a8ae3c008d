package slack

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	sdk "github.com/slack-go/slack"

	"liaison/bot"
)

// lockedOut is how long a post waits while Slack refuses the token: it is the operator's to mend, and no message is at fault.
const lockedOut = time.Minute

// outcomes says what Slack's own words mean for a post. A word that is not here came with ok:false, so the message was
// surely not taken, and taking it again as it is would end the same.
func outcomes(code string) (bot.Outcome, time.Duration) {
	switch code {
	case "ratelimited", "rate_limited", "message_limit_exceeded":
		return bot.NotSent, 0 // and for how long is not said
	case "team_added_to_org", "accesslimited", "method_deprecated_temporarily":
		return bot.NotSent, lockedOut
	case "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "org_login_required":
		return bot.NotSent, lockedOut
	case "fatal_error", "internal_error", "service_unavailable", "request_timeout", "team_not_found_temporarily":
		return bot.Unknown, 0 // Slack says itself that part of the call may have succeeded
	case "message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found", "cannot_reply_to_message":
		return bot.Gone, 0
	}
	return bot.Refused, 0
}

// sendError says of a failed call what is known of its effect.
func sendError(err error) *bot.SendError {
	var done *bot.SendError
	if errors.As(err, &done) {
		return done
	}
	var refused sdk.SlackErrorResponse
	if errors.As(err, &refused) {
		outcome, wait := outcomes(refused.Err)
		return &bot.SendError{Outcome: outcome, Code: refused.Err, Wait: wait, Err: explain(refused)}
	}
	var limited *sdk.RateLimitedError
	if errors.As(err, &limited) {
		return &bot.SendError{Outcome: bot.NotSent, Code: "ratelimited", Wait: max(limited.RetryAfter, 0), Err: errors.New("Slack asks to wait")}
	}
	var status sdk.StatusCodeError
	if errors.As(err, &status) {
		return statusError(status)
	}
	var call *callError
	if errors.As(err, &call) && !call.reached {
		return &bot.SendError{Outcome: bot.NotSent, Code: "unreachable", Err: scrub(err)}
	}
	return &bot.SendError{Outcome: bot.Unknown, Code: "no_answer", Err: scrub(err)} // a timeout, a reset, an answer that cannot be read
}

// statusError is what a bad status says. Slack's own refusals come with 200: any other that is no fault of Slack's is the word of
// what stands before it, such as a proxy, and then Slack was not asked.
func statusError(status sdk.StatusCodeError) *bot.SendError {
	e := &bot.SendError{Outcome: bot.Unknown, Code: fmt.Sprintf("http_%d", status.Code), Err: errors.New(orElse(status.Status, "a bad status"))}
	if status.Code >= 300 && status.Code < 500 && status.Code != http.StatusRequestTimeout {
		e.Outcome, e.Err = bot.NotSent, fmt.Errorf("what stands before Slack answers %w", e.Err)
	}
	return e
}

// explain joins Slack's word with what it says about single blocks, which is how a refused message is understood.
func explain(r sdk.SlackErrorResponse) error {
	said := r.ResponseMetadata.Messages
	if r.Needed != "" {
		said = append([]string{"needs the scope " + r.Needed}, said...)
	}
	if len(said) == 0 {
		return errors.New(r.Err)
	}
	return fmt.Errorf("%s: %s", r.Err, bot.Squeeze(strings.Join(said[:min(len(said), 3)], "; "), maxName))
}

// hopeless turns an error that no retry mends into a sentence for the operator; nil where trying again may help.
func hopeless(err error, setting string) error {
	var refused sdk.SlackErrorResponse
	if errors.As(err, &refused) {
		switch refused.Err {
		case "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired":
			return fmt.Errorf("Slack refuses %s (%s): copy the token again from the settings of the Slack app", setting, refused.Err)
		case "not_allowed_token_type", "missing_scope", "no_permission", "forbidden_team", "org_login_required", "ekm_access_denied":
			return fmt.Errorf("Slack does not let %s do its work (%w): install the app again from manifest.yaml", setting, explain(refused))
		}
	}
	return nil
}

// elsewhere is the sentence for an address that somebody has set and at which there is no Slack. At Slack's own a 404 is a proxy's
// page, and passes.
func elsewhere(err error, address string) error {
	var status sdk.StatusCodeError
	if address != sdk.APIURL && errors.As(err, &status) && status.Code == http.StatusNotFound {
		return fmt.Errorf("there is no Slack at SLACK_API_URL (404): leave it out to use Slack's own")
	}
	return nil
}
