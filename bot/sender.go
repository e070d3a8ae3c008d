package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"liaison/agency"
)

// Queue is the outbox as the sender needs it. A claimed delivery ends in exactly one of Sent, Later and Parked.
type Queue interface {
	ClaimOutgoing(ctx context.Context, sender string, now, lease agency.Instant, limit int) ([]agency.Delivery, error)
	OutgoingSent(ctx context.Context, d agency.Delivery, messageID string) error
	OutgoingLater(ctx context.Context, d agency.Delivery, due agency.Instant, trouble string) error
	OutgoingParked(ctx context.Context, d agency.Delivery, trouble string) error
	ForgetCard(ctx context.Context, d agency.Delivery) error
}

// Finder is a platform that can look for a message by the outbox row that travels with it, after an unknown outcome.
type Finder interface {
	Find(ctx context.Context, to agency.Address, rowID int64, since time.Time) (messageID string, found bool, err error)
}

// Sender posts what was decided: per channel in order, paced, retried, and drawn from the newest state.
type Sender struct {
	Agency    *agency.Agency
	Queue     Queue
	Platforms []Platform
	Views     map[string]View
	Log       *slog.Logger
	Name      string           // of this process, for the claims
	Clock     func() time.Time // real time: for due times and leases, which a desk clock moved by hand must not disturb
	Pace      func(agency.Address) *rate.Limiter
	Idle      time.Duration // how often it looks when nobody wakes it: retries fall due, other replicas enqueue; zero: a second

	wake chan struct{}
}

// The sender's patience: how often a message is tried, how long a claim holds, how long one post may take.
const (
	sendTries   = 12
	sendLease   = 60 * time.Second
	sendTimeout = 20 * time.Second
	sendIdle    = time.Second
)

// Start prepares the sender; Wake may be called from then on.
func (s *Sender) Start() { s.wake = make(chan struct{}, 1) }

// Wake tells the sender that there is something to post.
func (s *Sender) Wake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Run posts until ctx is done.
func (s *Sender) Run(ctx context.Context) error {
	idle := cmp.Or(s.Idle, sendIdle)
	for ctx.Err() == nil {
		n, err := s.Step(ctx)
		if err != nil && ctx.Err() == nil {
			s.Log.Error("claiming outgoing messages", "err", err)
		}
		if n > 0 {
			continue
		}
		select {
		case <-ctx.Done():
		case <-s.wake:
		case <-time.After(idle):
		}
	}
	return nil
}

// Step posts one message for each channel that has one waiting, and says how many there were.
func (s *Sender) Step(ctx context.Context) (int, error) {
	now := s.Clock()
	list, err := s.Queue.ClaimOutgoing(ctx, s.Name, agency.InstantOf(now), agency.InstantOf(now.Add(-sendLease)), 16)
	if err != nil {
		return 0, err
	}
	var each sync.WaitGroup
	for _, d := range list {
		each.Go(func() { s.deliver(ctx, d) })
	}
	each.Wait()
	return len(list), nil
}

// deliver posts one message and records how it ended. The record is written even when ctx has ended meanwhile: what is
// out is out.
func (s *Sender) deliver(ctx context.Context, d agency.Delivery) {
	id, err := s.try(ctx, d)
	record, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendTimeout)
	defer cancel()
	if err == nil {
		err = s.Queue.OutgoingSent(record, d, id)
		if err != nil {
			s.Log.Error("recording a sent message", "row", d.ID, "err", err)
		}
		return
	}
	var send *SendError
	if !errors.As(err, &send) {
		send = &SendError{Outcome: NotSent, Code: "internal", Err: err}
		if agency.CodeOf(err) == agency.CodeNotFound {
			send.Outcome = Refused
		}
	}
	s.Log.Warn("posting", "row", d.ID, "kind", d.Kind, "ref", d.Ref, "channel", d.To.Channel, "attempt", d.Attempt, "outcome", send.Outcome, "err", err)
	switch {
	case send.Outcome == Gone:
		err = errors.Join(s.Queue.ForgetCard(record, d), s.Queue.OutgoingLater(record, d, 0, send.Code))
	case send.Outcome == Refused || d.Attempt >= sendTries:
		err = s.Queue.OutgoingParked(record, d, fmt.Sprintf("%s: %v", send.Code, send.Err))
	default:
		err = s.Queue.OutgoingLater(record, d, agency.InstantOf(s.Clock().Add(pause(send.Wait, d.Attempt))), send.Code)
	}
	if err != nil {
		s.Log.Error("recording a message that failed", "row", d.ID, "err", err)
	}
}

// pause is how long to wait before the next try: what the platform asked for, else growing and never in step.
func pause(asked time.Duration, attempt int) time.Duration {
	if asked > 0 {
		return asked
	}
	longest := min(time.Minute, 500*time.Millisecond<<min(attempt, 10))
	return longest/2 + rand.N(longest/2)
}

func (s *Sender) try(ctx context.Context, d agency.Delivery) (messageID string, err error) {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	platform := s.platform(d.To.Platform)
	if platform == nil {
		return "", &SendError{Outcome: Refused, Code: "no_platform", Err: fmt.Errorf("%s is not connected", d.To.Platform)}
	}
	view := s.Views[d.Kind]
	if view == nil {
		return "", &SendError{Outcome: Refused, Code: "no_view", Err: fmt.Errorf("nothing draws %q", d.Kind)}
	}
	if d.Attempt > 1 && d.CardID == "" {
		if finder, ok := platform.(Finder); ok {
			id, found, err := finder.Find(ctx, d.To, d.ID, d.At.Time())
			switch {
			case err == nil && found:
				return id, nil
			case err != nil: // whether it is there cannot be told now: look again later rather than post it twice
				return "", &SendError{Outcome: Unknown, Code: "not_found_out", Err: err}
			}
		}
	}
	if s.Pace != nil {
		if limiter := s.Pace(d.To); limiter != nil {
			if err := limiter.Wait(ctx); err != nil {
				return "", &SendError{Outcome: NotSent, Code: "paced", Err: err}
			}
		}
	}
	out := Delivery{To: d.To, Kind: d.Kind, RowID: d.ID, ThreadID: d.ThreadID}
	err = s.Agency.Look(ctx, agency.System, func(desk *agency.Desk) error {
		out.Message, err = view(desk, d.Outgoing)
		return err
	})
	if err != nil {
		return "", err
	}
	if d.CardID != "" {
		return d.CardID, platform.Edit(ctx, d.CardID, out)
	}
	return platform.Post(ctx, out)
}

func (s *Sender) platform(name agency.Platform) Platform {
	for _, p := range s.Platforms {
		if p.Name() == name {
			return p
		}
	}
	return nil
}
