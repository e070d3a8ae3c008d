package discord

import (
	"context"
	"strings"
	"testing"
	"time"

	"liaison/agency"
	"liaison/bot"
	sandbox "liaison/bot/sandbox/discord"
)

// TestAStopDoesNotWaitForAnAnswerOfDiscords has Discord take the answer to an interaction and say nothing. The order to stop ends
// the call: not the call's own time, which is longer than the system waits.
func TestAStopDoesNotWaitForAnAnswerOfDiscords(t *testing.T) {
	t.Parallel()
	for name, panics := range map[string]bool{"an answer": false, "a fault": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			called := make(chan struct{}, 8)
			g := newGuild(t, overGateway, nil)
			g.server.Fault = func(route, _ string) sandbox.Fault {
				if route != "POST /interactions/{interaction}/{token}/callback" {
					return sandbox.Fault{}
				}
				called <- struct{}{}
				return sandbox.Fault{Kind: sandbox.FaultHangAfter, Wait: 10 * time.Minute}
			}
			ctx, stop := context.WithCancel(context.Background())
			ended := make(chan error, 1)
			go func() {
				ended <- g.Run(ctx, func(context.Context, bot.Request) bot.Reply {
					if panics {
						panic("for the test")
					}
					return bot.Say("Done.")
				})
			}()
			g.ready(t)
			in := incoming{surface: onCommand, id: "1", token: "t", Request: bot.Request{Key: "discord:1", Kind: bot.Typed, Channel: to(desk),
				From: agency.Identity{Platform: agency.Discord, User: ana}}}
			if err := g.accept(in, func(ctx context.Context, c callback) error { return g.callBack(ctx, in, c) }); err != nil {
				t.Fatal(err)
			}
			<-called
			stop()
			if err := <-ended; err != nil {
				t.Errorf("ended with %v", err)
			}
			if said := g.log.String(); !strings.Contains(said, "the acknowledgement did not arrive") || !strings.Contains(said, "context canceled") {
				t.Errorf("the call was not ended by the stop:\n%s", said)
			}
		})
	}
}
