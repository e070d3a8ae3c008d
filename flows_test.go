package main

import (
	"context"
	"log/slog"
	"net"
	"path/filepath"
	"testing"
	"time"
)

// startDemo runs the demo in this process, as `go run . demo` does, and gives its address.
func startDemo(t *testing.T, c demoCmd) *demo {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	settings := settings{DB: "sqlite://" + filepath.Join(t.TempDir(), "desk.db"), Name: "Northlight", Zone: "UTC"}
	ctx, stop := context.WithCancel(context.Background())
	d, err := c.start(ctx, settings, listener, log)
	if err != nil {
		stop()
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- d.run(ctx) }()
	t.Cleanup(func() {
		stop()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("the demo ended with %v", err)
			}
		case <-time.After(20 * time.Second):
			t.Error("the demo does not stop")
		}
		d.close()
	})
	return d
}

// TestFlowsInTheBrowser does the five flows as their people would, by clicking, and leaves pictures.
func TestFlowsInTheBrowser(t *testing.T) {
	d := startDemo(t, demoCmd{Seed: 7, Months: 6})
	b := openBrowser(t, d.base)
	for _, flow := range []struct {
		name string
		do   func(*browser)
	}{
		{"a seller is onboarded", onboardInTheBrowser},
		{"matches are proposed and decided", matchInTheBrowser},
	} {
		if !t.Run(flow.name, func(t *testing.T) { b.t = t; flow.do(b) }) {
			return
		}
	}
}

func onboardInTheBrowser(b *browser) {
	b.goTo("U0SOL", "C0ONBOARD")
	b.command("/seller onboard")
	b.fill([2]string{"shop", "Harbour & Pine"}, [2]string{"region", "GB"}, [2]string{"category", "Home"},
		[2]string{"contact", "Ines, ines@harbourpine.example <!channel>"}, [2]string{"price", "12.345"})
	b.submit()
	b.see("dialog#modal [data-testid=field-error]", "Write a plain amount in GBP")
	b.fill([2]string{"price", "24.50"}, [2]string{"format", "video"})
	b.shot("onboarding-form")
	b.submit()
	b.closed()
	b.says("Their card is in the onboarding channel")
	b.says("Harbour & Pine")
	b.press("S-51 · Harbour & Pine", "Tick “Business verification”")
	b.press("S-51 · Harbour & Pine", "Tick “Tax details”")
	b.says("Tick “Bank account”") // the card has been redrawn
	b.press("S-51 · Harbour & Pine", "Block, assign or date")
	b.fill([2]string{"state", "blocked"}, [2]string{"reason", "VAT certificate is missing"})
	b.submit()
	b.closed()
	b.says("VAT certificate is missing")
	b.shot("onboarding")
}

func matchInTheBrowser(b *browser) {
	const shop = "S-51 Harbour & Pine · "
	b.goTo("U0PRIYA", "C0MATCH")
	b.command("/match propose S-51 3")
	b.says(shop + "3 creators proposed")
	b.shot("matching-proposed")
	b.press(shop, "Approve")
	b.says(shop + "1 of 3 decided")
	b.press(shop, "Swap")
	b.says("swapped out by")
	b.press(shop, "Skip")
	b.fill([2]string{"reason", "Away until Christmas <!channel>"})
	b.submit()
	b.closed()
	b.says("Away until Christmas <!channel>")
	b.says(shop + "2 of 3 decided")
	b.shot("matching")
}
