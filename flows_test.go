package main

import (
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
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
	d.router.Patience = time.Minute // what a flow does is looked at here, not how long it takes with the race detector on a busy machine
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
		{"two people fill in the same form", func(b *browser) { formInTheBrowser(b, d) }},
		{"matches are proposed and decided", matchInTheBrowser},
		{"a payout run is approved by two others", payoutInTheBrowser},
		{"a violation is handled", func(b *browser) { caseInTheBrowser(b, d) }},
		{"the digest comes on Monday", digestInTheBrowser},
		{"home shows what waits", homeInTheBrowser},
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

// formInTheBrowser blocks a step while somebody else dates it: the form comes again with what was entered.
func formInTheBrowser(b *browser, d *demo) {
	b.goTo("U0SOL", "C0ONBOARD")
	b.press("S-51 · Harbour & Pine", "Block, assign or date")
	b.fill([2]string{"state", "blocked"}, [2]string{"reason", "The bank asks for a letter"})
	if err := d.workspace.Command("U0PRIYA", "C0MATCH", "/seller due S-51 bank 2027-01-20"); err != nil {
		b.t.Fatal(err)
	}
	b.submit()
	b.see("dialog#modal[open]", "S-51 has moved on since you opened this. Last came seller step by")
	b.see("dialog#modal[open]", "Now: Why it is blocked: VAT certificate is missing · Due: 2027-01-20")
	b.shot("form-again")
	b.submit()
	b.closed()
	b.says("The bank asks for a letter")
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

// payoutInTheBrowser prepares a run, tries to approve it as its maker, and lets two of finance decide.
func payoutInTheBrowser(b *browser) {
	b.goTo("U0PRIYA", "C0PAYOUTS")
	b.command("/payout run USD")
	b.says("P-2 is prepared")
	b.press("P-2 · ", "Approve")
	b.agree()
	b.says("You may not approve payouts")
	b.goTo("U0FAY", "C0PAYOUTS")
	b.eval("(() => { " + message("P-2 · ") + ".scrollIntoView({block: 'start'}); return ''; })()")
	time.Sleep(200 * time.Millisecond)
	b.shot("payout")
	b.press("P-2 · ", "Approve")
	b.agree()
	b.says("1 of 2")
	b.press("P-2 · ", "Deny")
	b.fill([2]string{"reason", ""})
	b.submit()
	b.until("the form asks for a reason", `document.querySelector('dialog#modal[open] [data-testid=field-error]:not([hidden])')`)
	b.clickOn(`document.querySelector('dialog#modal[open] [data-testid=modal-close]')`, "Cancel")
	b.closed()
	b.goTo("U0FINN", "C0PAYOUTS")
	b.press("P-2 · ", "Approve")
	b.agree()
	b.until("the buttons are gone", message("P-2 · ")+` && ![...document.querySelectorAll('#messages [data-testid=message]:not([data-ephemeral])')].filter(m => m.innerText.includes("P-2 · ")).some(m => [...m.querySelectorAll('button')].some(e => e.innerText.trim() === 'Approve'))`)
	b.shot("payout-approved")
}

// caseInTheBrowser imports violations from a file beside the running desk, as an operator does, and handles one.
func caseInTheBrowser(b *browser, d *demo) {
	b.goTo("U0CARLA", "C0COMPLY")
	notice := filepath.Join(b.t.TempDir(), "violations.csv")
	rows := "Notice,Shop,Violation,Detail,Points,Date,Appeal deadline\nVN-77,Willow Toys,Counterfeit handbags in two listings,=HYPERLINK(1) <!channel>,24," +
		time.Now().Format(time.DateOnly) + "," + time.Now().AddDate(0, 0, 5).Format(time.DateOnly) + "\n"
	if err := os.WriteFile(notice, []byte(rows), 0o600); err != nil {
		b.t.Fatal(err)
	}
	var out, errs strings.Builder
	code := run(b.t.Context(), []string{"import", "violations", notice, "--yes", "--db", d.url, "--log-level", "error"}, strings.NewReader(""), &out, &errs)
	if code != 0 {
		b.t.Fatalf("import: exit code %d\n%s%s", code, out.String(), errs.String())
	}
	b.says("Counterfeit handbags in two listings")
	b.press("Counterfeit handbags in two listings", "Acknowledge")
	b.until("the button is gone", message("Counterfeit handbags in two listings")+` && ![...`+message("Counterfeit handbags in two listings")+`.querySelectorAll('button')].some(e => e.innerText.trim() === 'Acknowledge')`)
	b.press("Counterfeit handbags in two listings", "Resolve")
	b.fill([2]string{"resolution", "Listings removed, appeal sent"})
	b.submit()
	b.closed()
	b.says("Listings removed, appeal sent")
	b.shot("compliance")
}

// digestInTheBrowser moves the clock to next Monday and sees the week's digest come.
func digestInTheBrowser(b *browser) {
	b.goTo("U0PRIYA", "C0WEEKLY")
	b.command("/digest preview")
	b.says("Affiliate sales")
	before := b.eval(`String(document.querySelectorAll('#messages [data-testid=message]:not([data-ephemeral])').length)`)
	b.clickOn(`document.querySelector('[data-testid=clock]')`, "the clock")
	b.clickOn(`document.querySelector('[data-testid=clock-monday]')`, "next Monday 09:00")
	b.until("the digest has come", `document.querySelectorAll('#messages [data-testid=message]:not([data-ephemeral])').length > `+before)
	b.until("the digest has a chart", `document.querySelector('#messages [data-testid=chart] svg')`)
	b.eval(`(() => { const all = [...document.querySelectorAll('#messages [data-testid=message]:not([data-ephemeral])')]; all.at(-1).scrollIntoView({block: 'start'}); return ''; })()`)
	time.Sleep(200 * time.Millisecond)
	b.shot("digest")
}

func homeInTheBrowser(b *browser) {
	b.goTo("U0CARLA", "C0COMPLY")
	b.home("U0CARLA")
	b.see("#home", "Waits for you")
	b.shot("home")
	b.goTo("U0GUS", "C0COMPLY")
	b.command("/seller list")
	b.says("You may not see records")
}
