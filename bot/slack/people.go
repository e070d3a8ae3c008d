package slack

import (
	"context"
	"sync"
	"time"

	sdk "github.com/slack-go/slack"

	"liaison/bot"
)

const (
	maxPeople  = 2000
	knownFor   = 6 * time.Hour
	unknownFor = 5 * time.Minute // how long a failed question is not asked again
)

// people remembers what Slack knows of persons: the name they show and the zone they live in.
type people struct {
	api *sdk.Client
	now func() time.Time

	mu    sync.Mutex
	known map[string]person
}

type person struct {
	name, zone string
	until      time.Time
}

func newPeople(api *sdk.Client, now func() time.Time) *people {
	return &people{api: api, now: now, known: map[string]person{}}
}

// find gives what is known of a person. It asks Slack only with a time to wait, and gives what it has when that is over.
func (p *people) find(ctx context.Context, user string, wait time.Duration) person {
	p.mu.Lock()
	who, ok := p.known[user]
	p.mu.Unlock()
	if wait == 0 || ok && p.now().Before(who.until) {
		return who
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	info, err := p.api.GetUserInfoContext(ctx, user)
	if err != nil || info == nil {
		who.until = p.now().Add(unknownFor)
	} else {
		name := orElse(info.Profile.DisplayName, orElse(info.RealName, info.Name))
		who = person{name: bot.Clean(name), zone: info.TZ, until: p.now().Add(knownFor)}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.known) >= maxPeople {
		clear(p.known) // rare and cheap: everybody is asked for once more
	}
	p.known[user] = who
	return who
}
