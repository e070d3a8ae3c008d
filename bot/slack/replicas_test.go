package slack

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"liaison/agency"
	"liaison/bot"
	"liaison/bot/bottest"
	"liaison/bot/sandbox"
	"liaison/store/storetest"
)

// arrivals is when posts arrived, by channel.
type arrivals struct {
	mu sync.Mutex
	at map[string][]time.Time
}

func (a *arrivals) note(method, channel string) sandbox.Fault {
	if method == postMessage {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.at[channel] = append(a.at[channel], time.Now())
	}
	return sandbox.Fault{}
}

// gaps is the shortest time between two posts of a channel, and how many a second it had.
func (a *arrivals) gaps(channel string) (least time.Duration, rate float64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	list := a.at[channel]
	least = time.Hour
	for i := range list[1:] {
		least = min(least, list[i+1].Sub(list[i]))
	}
	return least, float64(len(list)-1) / list[len(list)-1].Sub(list[0]).Seconds()
}

// TestTwoReplicasPostToAChannelOnceASecond has each post every other message, and several channels at the same time.
func TestTwoReplicasPostToAChannelOnceASecond(t *testing.T) {
	t.Parallel()
	const channels, each = 12, 4
	seen := &arrivals{at: map[string][]time.Time{}}
	o := newOffice(t, overHTTP, func(o *sandbox.Options, cfg *Config) {
		o.Unpaced = false
		for i := range channels {
			o.Channels = append(o.Channels, sandbox.Channel{ID: fmt.Sprintf("C1%03d", i), Name: fmt.Sprint("many-", i), Members: []string{"U0LIAISON"}})
		}
	})
	o.space.Fault = seen.note
	o.open(t, func(context.Context, bot.Request) bot.Reply { return bot.Reply{} })
	view := func(_ *agency.Desk, o agency.Outgoing) (bot.Message, error) { return bot.Sentence("%s", o.Ref), nil }
	records := storetest.Replicas(t, 2)
	var senders []*bot.Sender
	for i, s := range records {
		platform, err := New(o.cfg) // its own pace
		if err != nil {
			t.Fatal(err)
		}
		senders = append(senders, &bot.Sender{Agency: &agency.Agency{Store: s, Now: time.Now}, Queue: s, Platforms: []bot.Platform{platform},
			Views: map[string]bot.View{"note": view}, Log: slog.New(slog.DiscardHandler), Name: fmt.Sprint("replica", i), Clock: time.Now})
	}
	err := records[0].Write(t.Context(), func(tx agency.Tx) error {
		for i := range channels * each {
			to := agency.Address{Platform: agency.Slack, Workspace: bottest.Workspace, Channel: fmt.Sprintf("C1%03d", i%channels)}
			if err := tx.Enqueue(agency.Outgoing{Kind: "note", Ref: fmt.Sprint("n", i), Mode: agency.Note, To: to, At: agency.InstantOf(time.Now())}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for n := range each {
		if posted, err := senders[n%2].Step(t.Context()); posted != channels || err != nil {
			t.Fatalf("%d were posted, %v", posted, err)
		}
	}
	took := time.Since(began)
	for i := range channels {
		channel := fmt.Sprintf("C1%03d", i)
		least, rate := seen.gaps(channel)
		if got := len(o.space.Messages(channel)); got != each || least < 990*time.Millisecond {
			t.Errorf("%s has %d messages, two of them %s apart", channel, got, least)
		}
		if i == 0 {
			t.Logf("%.2f messages a second in a channel, never less than %s apart", rate, least.Round(time.Millisecond))
		}
	}
	if took > 3*each*time.Second { // one after the other it would be four times as long
		t.Errorf("%d channels took %s for %d messages each: they wait for each other", channels, took, each)
	}
	t.Logf("%d channels, %d messages each, in %s", channels, each, took.Round(time.Millisecond))
}
