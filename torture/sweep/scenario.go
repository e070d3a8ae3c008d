package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"liaison/agency"
	"liaison/agency/money"
	"liaison/agency/policy"
	"liaison/bot"
	"liaison/bot/console"
	"liaison/handlers"
	"liaison/store"
)

// script is what people do, in order: who, in which channel, what they type. `!orders` brings in a file of settled orders.
var script = []struct{ who, channel, line string }{
	{"ann", "onboarding", "feed on onboarding"},
	{"ann", "payouts", "feed on approvals"},
	{"ann", "comply", "feed on violations"},
	{"ana", "onboarding", `seller onboard "Glow Lab" US Beauty`},
	{"ana", "onboarding", `seller onboard "Moss" GB Home`},
	{"ana", "onboarding", "seller tick S-1 tax"},
	{"ana", "onboarding", "seller tick S-1 bank"},
	{"vic", "onboarding", "seller tick S-1 warehouse"}, // refused: a viewer
	{"ana", "onboarding", "seller block S-2 bank the name does not match"},
	{"", "", "!orders"},
	{"mae", "payouts", "payout run USD"},
	{"mae", "payouts", "payout approve P-1"}, // refused: the maker
	{"fay", "payouts", "payout approve P-1"},
	{"cora", "comply", `case open S-1 high "Counterfeit" notice=700123`},
	{"cora", "comply", "case acknowledge V-1"},
	{"", "", "!orders"},
	{"mae", "payouts", "payout run USD"},
	{"mae", "payouts", "payout cancel P-2"},
	{"mae", "payouts", "payout run USD"},
	{"tom", "payouts", "payout approve P-3"},
	{"ana", "onboarding", "seller reopen S-2 bank"},
	{"ana", "onboarding", "seller tick S-2 bank"},
	{"ana", "onboarding", "seller tick S-1 warehouse"},
	{"ana", "onboarding", "seller tick S-1 shipping"},
	{"ana", "onboarding", "seller due S-1 listings 2026-12-24"},
	{"ana", "onboarding", "seller assign S-1 listings @ana"},
	{"ana", "onboarding", `seller onboard "Harbour & Pine" GB Home`},
	{"ana", "onboarding", `seller onboard "Harbour & Pine" GB Home`}, // refused: it is there
	{"", "", "!orders"},
	{"mae", "payouts", "payout run USD"},
	{"fay", "payouts", "payout deny P-4 wrong cutoff"},
	{"cora", "comply", `case open S-2 medium "Late dispatch" notice=700124`},
	{"cora", "comply", "case due V-2 2026-12-20 18:00"},
	{"mae", "payouts", "payout run USD"},
	{"tom", "payouts", "payout approve P-5"},
	{"cora", "comply", "case resolve V-1 taken down"},
	{"ana", "onboarding", `seller onboard "Lumen" US Beauty`}, // here SQLite folds its log into the file, within a press
	{"ana", "onboarding", "seller tick S-4 tax"},
	{"ana", "onboarding", "seller tick S-4 bank"},
	{"ana", "onboarding", `seller onboard "Nordic" DE Home`},
	{"ana", "onboarding", "seller tick S-5 tax"},
	{"ana", "onboarding", "seller tick S-5 bank"},
	{"cora", "comply", "case resolve V-2 paid"},
}

// roles are the people of the script.
var roles = map[string]agency.Role{"ann": agency.Admin, "ana": agency.SellerManager, "mae": agency.ProgramManager,
	"fay": agency.Finance, "tom": agency.Finance, "cora": agency.Compliance, "vic": agency.Viewer}

// began is the desk's time, in every run: what it says must not depend on when it was killed.
var began = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// world is a desk of the real rooms whose platform is a transcript.
type world struct {
	records    records
	agency     *agency.Agency
	router     *bot.Router
	sender     *bot.Sender
	transcript *transcript
	clock      time.Time // the sender's
}

// pause is what passes between two steps of the script. It is shorter than a sender's claim holds: what a killed sender had
// in hand stays in its hands while the next steps of the restarted desk already change the same cards.
const pause = 7 * time.Second

// openWorld opens the desk in a folder.
func openWorld(ctx context.Context, dir string, run int, log *slog.Logger) (*world, error) {
	book, err := policy.Load()
	if err != nil {
		return nil, err
	}
	on := newThread()
	w := &world{clock: began}
	err = on.do(func() error {
		s, err := store.Open(context.WithoutCancel(ctx), "sqlite://"+filepath.Join(dir, "desk.db"))
		w.records = records{s, on}
		return err
	})
	if err != nil {
		return nil, err
	}
	if w.transcript, err = openTranscript(filepath.Join(dir, "said"), on); err != nil {
		return nil, errors.Join(err, on.do(w.records.store.Close))
	}
	w.agency = &agency.Agency{Store: w.records, Now: func() time.Time { return began }, Rules: book, Settings: agency.Settings{Name: "Northlight"}}
	w.router = &bot.Router{Agency: w.agency, Commands: handlers.All(), Log: log, NewRef: func() string { return "REF" }}
	w.sender = &bot.Sender{Agency: w.agency, Queue: w.records, Platforms: []bot.Platform{w.transcript}, Views: handlers.Views(), Log: log,
		Name: fmt.Sprint(run), Clock: func() time.Time { return w.clock }}
	w.sender.Start()
	return w, nil
}

// close gives back the files and the thread.
func (w *world) close() error {
	defer close(w.records.thread)
	return w.records.thread.do(func() error { return errors.Join(w.records.store.Close(), w.transcript.file.Close()) })
}

// play plays the whole script. What was done in an earlier run is delivered again, as platforms do, and must be answered
// as it was then.
func (w *world) play(ctx context.Context) error {
	if err := w.agency.Do(ctx, agency.System, meet); err != nil {
		return err
	}
	list, err := readTranscript(w.transcript.file.Name())
	if err != nil {
		return err
	}
	last := 0 // step that was answered before
	for _, s := range list {
		if n, err := strconv.Atoi(strings.TrimPrefix(s.Answer, "press-")); err == nil {
			last = max(last, n)
		}
	}
	for i, step := range script {
		if err := w.broken(); err != nil {
			return err
		}
		w.clock = began.Add(time.Duration(max(i, last)) * pause)
		if step.line == "!orders" {
			if err := w.agency.Do(ctx, agency.System, func(d *agency.Desk) error { return orders(d, i) }); err != nil {
				return err
			}
			continue
		}
		if err := w.press(ctx, fmt.Sprintf("press-%d", i), step.who, step.channel, step.line); err != nil {
			return err
		}
		if err := w.post(ctx); err != nil {
			return err
		}
	}
	return w.finish(ctx)
}

// tries is how often a person does something again that the desk could not do.
const tries = 3

// press does what a person does, and does it again when the desk says that it could not.
func (w *world) press(ctx context.Context, key, who, channel, line string) error {
	first, rest, _ := strings.Cut(line, " ")
	for range tries {
		reply := w.router.Take(ctx, bot.Request{Key: key, Kind: bot.Typed, From: console.NewSeat(who, "").Who, FromName: who,
			Channel: console.Place(channel), Command: first, Text: rest})
		if err := w.transcript.say(said{Answer: key, Refused: reply.Refused, Text: console.Answer(reply)}); err != nil {
			return err
		}
		if reply.Refused != agency.CodeUnavailable && reply.Refused != agency.CodeInternal {
			return nil
		}
		if err := w.broken(); err != nil {
			return err
		}
		if err := w.unchanged(ctx, key); err != nil {
			return err
		}
	}
	return fmt.Errorf("%s was refused %d times", key, tries)
}

// unchanged checks a refusal that says so: the desk must not know the press.
func (w *world) unchanged(ctx context.Context, key string) error {
	return w.agency.Look(ctx, agency.System, func(d *agency.Desk) error {
		if _, known, err := d.AnsweredPress(key, ""); err != nil || known {
			return fmt.Errorf("%s was refused, and yet it is kept (%w)", key, err)
		}
		return nil
	})
}

// finish posts what waits, hours later too, until nothing does.
func (w *world) finish(ctx context.Context) error {
	for range 50 {
		if err := w.post(ctx); err != nil {
			return err
		}
		var waiting int
		err := w.records.thread.do(func() (err error) {
			waiting, _, err = w.records.store.OutboxDepth(context.WithoutCancel(ctx))
			return err
		})
		if err != nil || waiting == 0 {
			return err
		}
		w.clock = w.clock.Add(time.Hour)
	}
	return errors.New("messages wait that nobody takes")
}

func (w *world) post(ctx context.Context) error {
	for failed := 0; ; {
		n, err := w.step(ctx)
		if broken := w.broken(); broken != nil {
			return broken
		}
		if failed++; err == nil && n == 0 || err != nil && failed == tries {
			return err
		}
	}
}

// step gives the sender two seconds: what it would try again while the desk runs is not waited for here.
func (w *world) step(ctx context.Context) (int, error) {
	ctx, stop := context.WithTimeout(ctx, 2*time.Second)
	defer stop()
	return w.sender.Step(ctx)
}

// broken is the failure of the disk, as `serve` watches it.
func (w *world) broken() error {
	now, cancel := context.WithCancel(context.Background())
	cancel()
	return w.records.store.Broken(now)
}

// meet makes the people of the script known, once.
func meet(d *agency.Desk) error {
	if team, err := d.Team(); err != nil || len(team) > 0 {
		return err
	}
	for _, name := range []string{"ann", "ana", "mae", "fay", "tom", "cora", "vic"} {
		if _, err := d.Grant(console.NewSeat(name, "").Who, name, roles[name]); err != nil {
			return err
		}
	}
	_, err := d.ImportCreators(agency.ImportFile{Kind: agency.CreatorFile, Format: "script", Creators: []agency.CreatorRow{
		{Line: 2, Handle: "maya", State: agency.CreatorActive, Health: agency.Given(int64(400)), AgencyShare: agency.Given(money.BasisPoints(2000)), TaxForm: agency.Given(true), PayoutReady: agency.Given(true)},
		{Line: 3, Handle: "leo", State: agency.CreatorActive, Health: agency.Given(int64(400)), AgencyShare: agency.Given(money.BasisPoints(3333)), TaxForm: agency.Given(true), PayoutReady: agency.Given(true)},
	}}, agency.ImportOptions{Apply: true})
	return err
}

// orders brings in settled orders of the two creators. The same file again changes nothing.
func orders(d *agency.Desk, file int) error {
	f := agency.ImportFile{Kind: agency.OrderFile, Format: "script"}
	for i := range 4 {
		actual := agency.CashOf(money.Of(int64(12_001+file*37+i*555), "USD"))
		f.Orders = append(f.Orders, agency.OrderRow{Line: i + 2, OrderNo: fmt.Sprintf("5764610483018%05d", file*10+i), SKU: "1", Shop: "Glow Lab",
			Creator: []string{"maya", "leo"}[i%2], Status: "Settled", State: agency.LineSettled, Price: agency.CashOf(money.Of(99_900, "USD")), Quantity: 1,
			Estimated: actual, Actual: actual, OrderedAt: "2026-10-03 16:53:20", SettledAt: "2026-10-20 03:00:00"})
	}
	report, err := d.Import(f, agency.ImportOptions{Apply: true})
	if err == nil && report.BadRows() > 0 {
		err = errors.New(strings.Join(report.Lines(5), "; "))
	}
	return err
}

// scenario plays the script in a folder, as a process of its own.
func scenario(ctx context.Context, dir string, run int) (err error) {
	w, err := openWorld(ctx, dir, run, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	return w.play(ctx)
}
