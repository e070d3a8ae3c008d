package bot

import (
	"time"

	"liaison/agency"
)

// Observer is told what the desk does, so that it can be counted. It is called on the way of people's requests, so it
// never waits and never fails. Everything it is told is one of a few words of our own: no ids, no channels, no people.
type Observer interface {
	// Took: the router answered a request. command is empty where nothing of that name exists; refused is the code of a
	// refusal, empty for an answer.
	Took(command string, kind Kind, refused agency.Code, took time.Duration)
	// Acknowledged: a platform's interaction ended its wait; took is from its receipt.
	Acknowledged(platform agency.Platform, kind Kind, how Acknowledgement, took time.Duration)
	// Called: a platform's API was called. outcome is "ok", "refused", "rate_limited", "http_500" or "no_answer".
	Called(platform agency.Platform, method, outcome string, took time.Duration)
	// Connected: a platform's n-th connection (0, 1, …) has been greeted.
	Connected(platform agency.Platform, n int)
	// Disconnected: that connection ended. A socket that is renewed after a full life is no trouble; one that dropped is.
	Disconnected(platform agency.Platform, n int, renewed bool)
	// Tried: the sender tried to post or edit a message. outcome is Posted or what is known of the failure; late is the
	// time since it was decided to say it.
	Tried(platform agency.Platform, outcome Outcome, attempt int, late time.Duration)
	// Parked: a message was given up and waits for a person.
	Parked(platform agency.Platform)
	// Repeated: a message may stand in its channel twice, because nobody can say whether the first one arrived.
	Repeated(platform agency.Platform)
	// Slot: a reminder's slot was claimed so long after it was due, and skipped older ones were not made up for it.
	Slot(reminder string, late time.Duration, skipped int)
	// Beat: a loop went round; err is what went wrong meanwhile.
	Beat(loop Loop, err error)
}

// Acknowledgement is how the wait of an interaction ended.
type Acknowledgement string

// How an interaction's wait ends.
const (
	Answered Acknowledgement = "answered" // with the work done
	Early    Acknowledgement = "early"    // before the work was done, because the platform's patience was about to end
	Busy     Acknowledgement = "busy"     // refused: too many wait already
	Unheard  Acknowledgement = "unheard"  // it could not be written: the person sees the platform's own failure
)

// Loop is one of the desk's loops, which all go round while it is well.
type Loop string

// The loops.
const (
	SenderLoop   Loop = "sender"
	ReminderLoop Loop = "reminders"
)

// Observed gives an observer that can always be called: o, or one that takes no notice.
func Observed(o Observer) Observer {
	if o == nil {
		return unobserved{}
	}
	return o
}

type unobserved struct{}

func (unobserved) Took(string, Kind, agency.Code, time.Duration)                      {}
func (unobserved) Acknowledged(agency.Platform, Kind, Acknowledgement, time.Duration) {}
func (unobserved) Called(agency.Platform, string, string, time.Duration)              {}
func (unobserved) Connected(agency.Platform, int)                                     {}
func (unobserved) Disconnected(agency.Platform, int, bool)                            {}
func (unobserved) Tried(agency.Platform, Outcome, int, time.Duration)                 {}
func (unobserved) Parked(agency.Platform)                                             {}
func (unobserved) Repeated(agency.Platform)                                           {}
func (unobserved) Slot(string, time.Duration, int)                                    {}
func (unobserved) Beat(Loop, error)                                                   {}
