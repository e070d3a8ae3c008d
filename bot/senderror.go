package bot

import (
	"fmt"
	"time"
)

// Outcome is what is known of a post that failed.
type Outcome string

// The outcomes.
const (
	Posted  Outcome = "posted"   // it is out: what an Observer is told, never an error
	NotSent Outcome = "not sent" // the platform surely did not take it: try again
	Refused Outcome = "refused"  // the platform will never take it as it is: park it and say why
	Unknown Outcome = "unknown"  // it may have been taken: look before posting again
	Gone    Outcome = "gone"     // the message to edit is no longer there: post it anew
)

// SendError is a platform's refusal or failure to post.
type SendError struct {
	Outcome Outcome
	Code    string        // the platform's own word: "not_in_channel", "ratelimited"
	Wait    time.Duration // how long to wait, where the platform said so
	Page    int           // the page of its thread that this is about, where it is known that those before it are out; zero: the message
	Err     error
}

func (e *SendError) Error() string {
	return fmt.Sprintf("%s (%s): %v", e.Outcome, e.Code, e.Err)
}

// Unwrap gives the cause.
func (e *SendError) Unwrap() error { return e.Err }

// outcomeOf is how a try ended, for those who count.
func outcomeOf(err error) Outcome {
	if err == nil {
		return Posted
	}
	return sendErrorOf(err).Outcome
}
