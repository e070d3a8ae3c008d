package bot_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"liaison/agency"
	"liaison/agency/policy"
	"liaison/bot"
	"liaison/store"
	"liaison/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

var ana = agency.Identity{Platform: agency.Console, Workspace: "w", User: "ana"}

// router makes a router with a few commands over a fresh store, and gives what it logs.
func router(t *testing.T, s *store.Store, commands ...bot.Command) (*bot.Router, *strings.Builder) {
	t.Helper()
	book, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	a := &agency.Agency{Store: s, Rules: book, Now: func() time.Time { return now }, Settings: agency.Settings{Admins: []agency.Identity{ana}}}
	log := &strings.Builder{}
	return &bot.Router{Agency: a, Commands: commands, Log: slog.New(slog.NewTextHandler(log, nil)), NewRef: func() string { return "7A3" }}, log
}

func typed(key, line string) bot.Request {
	first, rest, _ := strings.Cut(line, " ")
	return bot.Request{Key: key, Kind: bot.Typed, From: ana, Command: first, Text: rest}
}

// onboard writes something that can be counted.
var onboard = bot.Command{Name: "seller onboard", Usage: "shop", Run: func(t *bot.Turn) (bot.Reply, error) {
	s, err := t.Desk.OnboardSeller(agency.NewSeller{Shop: t.Text, Region: "US", Category: "Beauty"})
	if err != nil {
		return bot.Reply{}, err
	}
	return bot.Say("%s", s.ID), nil
}}

func TestAPressCountsOnceHoweverOftenItIsDelivered(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		r, _ := router(t, s, onboard)
		var each sync.WaitGroup
		answers := make([]string, 20)
		for i := range answers {
			each.Go(func() { answers[i] = r.Take(context.Background(), typed("k1", "seller onboard Glow")).Message.Summary })
		}
		each.Wait()
		for _, a := range answers {
			if a != "S-1" {
				t.Errorf("a delivery was answered %q, want the first one's S-1", a)
			}
		}
		if n := sellers(t, r); n != 1 {
			t.Errorf("%d sellers, want 1", n)
		}
	})
}

func TestARefusalStaysTheAnswerOfItsPress(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		r, _ := router(t, s, onboard)
		stranger := typed("k1", "seller onboard Glow")
		stranger.From.User = "joe"
		first := r.Take(context.Background(), stranger)
		if first.Refused != agency.CodeForbidden {
			t.Fatalf("answered %+v, want a refusal", first)
		}
		err := r.Agency.Do(context.Background(), ana, func(d *agency.Desk) error {
			_, err := d.Grant(stranger.From, "joe", agency.SellerManager)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if again := r.Take(context.Background(), stranger); again.Refused != agency.CodeForbidden {
			t.Errorf("the repeat of a refused press was carried out: %+v", again)
		}
		stranger.Key = "k2"
		if fresh := r.Take(context.Background(), stranger); fresh.Refused != "" {
			t.Errorf("a new press was refused: %+v", fresh)
		}
	})
}

// losesWrites is a store whose database goes away after so many writes.
type losesWrites struct {
	agency.Store
	left atomic.Int32
}

func (l *losesWrites) Write(ctx context.Context, fn func(agency.Tx) error) error {
	if l.left.Add(-1) < 0 {
		return &agency.Error{Code: agency.CodeUnavailable, Message: "The records do not answer."}
	}
	return l.Store.Write(ctx, fn)
}

// TestARefusalThatCannotBeKeptIsNotGiven: otherwise a repeat could succeed where the first was refused.
func TestARefusalThatCannotBeKeptIsNotGiven(t *testing.T) {
	t.Parallel()
	r, _ := router(t, storetest.SQLite(t), onboard)
	lost := &losesWrites{Store: r.Agency.Store}
	lost.left.Store(1) // the refused work itself still finds the database
	r.Agency.Store = lost
	stranger := typed("k1", "seller onboard Glow")
	stranger.From.User = "joe"
	if reply := r.Take(context.Background(), stranger); reply.Refused != agency.CodeUnavailable || !strings.Contains(reply.Message.Summary, "The records do not answer. (reference 7A3)") {
		t.Errorf("answered %+v", reply)
	}
	lost.left.Store(100)
	if again := r.Take(context.Background(), stranger); again.Refused != agency.CodeForbidden {
		t.Errorf("the repeat was answered %+v", again)
	}
}

func TestOurFaultsGetAReferenceAndLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]func(*bot.Turn) (bot.Reply, error){
		"error": func(*bot.Turn) (bot.Reply, error) { return bot.Reply{}, errors.New("dial tcp 10.0.0.7: secret") },
		"panic": func(*bot.Turn) (bot.Reply, error) { panic("secret") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			failing := onboard
			broken := true
			failing.Run = func(turn *bot.Turn) (bot.Reply, error) {
				reply, err := onboard.Run(turn)
				if broken && err == nil {
					return fault(turn)
				}
				return reply, err
			}
			r, log := router(t, storetest.SQLite(t), failing)
			reply := r.Take(context.Background(), typed("k1", "seller onboard Glow"))
			if !strings.Contains(reply.Message.Summary, "reference 7A3") || strings.Contains(reply.Message.Summary, "secret") {
				t.Errorf("answered %q, want a sentence with the reference and without the cause", reply.Message.Summary)
			}
			if !strings.Contains(log.String(), "ref=7A3") || !strings.Contains(log.String(), "secret") {
				t.Errorf("the log has no cause under the reference: %s", log)
			}
			if n := sellers(t, r); n != 0 {
				t.Errorf("%d sellers were half-written", n)
			}
			broken = false
			if again := r.Take(context.Background(), typed("k1", "seller onboard Glow")); again.Refused != "" {
				t.Errorf("after our fault the same press cannot be tried again: %+v", again)
			}
		})
	}
}

func TestWorkThatTakesTooLongIsRolledBackInTime(t *testing.T) {
	t.Parallel()
	slow := onboard
	slow.Run = func(turn *bot.Turn) (bot.Reply, error) {
		if _, err := onboard.Run(turn); err != nil {
			return bot.Reply{}, err
		}
		time.Sleep(2200 * time.Millisecond)
		return bot.Say("done"), nil
	}
	r, _ := router(t, storetest.SQLite(t), slow)
	reply := r.Take(context.Background(), typed("k1", "seller onboard Glow"))
	if reply.Refused == "" {
		t.Errorf("answered %+v, want that nothing was done", reply)
	}
	if n := sellers(t, r); n != 0 {
		t.Errorf("%d sellers were recorded behind the person's back", n)
	}
}

func TestWordsFindTheirCommand(t *testing.T) {
	t.Parallel()
	echo := func(name string) bot.Command {
		return bot.Command{Name: name, Reads: true, Run: func(t *bot.Turn) (bot.Reply, error) { return bot.Say("%s|%s", t.Command, t.Text), nil }}
	}
	r, _ := router(t, storetest.SQLite(t), echo("seller onboard"), echo("seller list"), echo("help"))
	for line, want := range map[string]string{
		"seller list":             "seller list|",
		"seller  LIST  stuck=7":   "seller list|stuck=7",
		"SELLER onboard Glow Lab": "seller onboard|Glow Lab",
		"help seller":             "help|seller",
		"seller":                  "Say what to do: /seller onboard, list. /help seller shows examples.",
		"seller dance":            "/seller does not know “dance”. It knows onboard, list. /help seller shows examples.",
		"sing":                    "There is no command /sing. /help lists what you can do.",
	} {
		reply := r.Take(context.Background(), typed("k", line))
		if got := strings.ReplaceAll(reply.Message.Summary, "`", ""); got != want {
			t.Errorf("%q is answered %q, want %q", line, got, want)
		}
	}
	gone := r.Take(context.Background(), bot.Request{Key: "k", Kind: bot.Pressed, From: ana, Command: "seller sell"})
	if gone.Refused != agency.CodeNotFound {
		t.Errorf("a button of an old version is answered %+v", gone)
	}
}

func sellers(t *testing.T, r *bot.Router) (n int) {
	t.Helper()
	err := r.Agency.Look(context.Background(), ana, func(d *agency.Desk) (err error) {
		_, n, err = d.Sellers(agency.SellerFilter{})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestWhatIsSaidIsForTheCommandThatListensThere gives what stands in the thread of a card to its command, once, and keeps
// nothing of what is said elsewhere.
func TestWhatIsSaidIsForTheCommandThatListensThere(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		r, _ := router(t, s)
		var heard []string
		r.Commands = append(r.Commands, bot.Command{Name: "card said", Unlisted: true, Hears: "card", Run: func(t *bot.Turn) (bot.Reply, error) {
			heard = append(heard, t.Ref+": "+t.Text)
			return bot.Reply{}, nil
		}})
		sender, _, _ := outbox(t, s)
		put(t, s, card("a", "S-1"), note("a", "n"))
		drain(t, sender)
		say := func(key, thread string) {
			reply := r.Take(t.Context(), bot.Request{Key: key, Kind: bot.Said, From: agency.Identity{Platform: agency.Console, Workspace: "w", User: "ana"},
				Channel: agency.Address{Platform: agency.Console, Workspace: "w", Channel: "a"}, Text: key, ThreadID: thread})
			if reply.Message != nil || reply.Refused != "" {
				t.Errorf("%s is answered with %+v", key, reply)
			}
		}
		say("one", "m1")
		say("one", "m1") // delivered again
		say("two", "m2") // the note's, where nobody listens
		say("three", "m9")
		say("four", "")
		if diff := cmp.Diff([]string{"S-1: one"}, heard); diff != "" {
			t.Error(diff)
		}
	})
}

// TestLentRolesHoldForOnePress lends a role that the platform vouches for, and takes it away again.
func TestLentRolesHoldForOnePress(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		r, _ := router(t, s, onboard)
		req := typed("k1", "seller onboard Glow")
		req.From.User, req.Granted = "joe", []agency.Role{agency.SellerManager}
		if reply := r.Take(context.Background(), req); reply.Refused != "" {
			t.Errorf("with the role: %+v", reply)
		}
		req = typed("k2", "seller onboard Glow Two")
		req.From.User = "joe"
		if reply := r.Take(context.Background(), req); reply.Refused != agency.CodeForbidden {
			t.Errorf("without it: %+v", reply)
		}
		req = typed("k3", "seller onboard Glow Three")
		req.From.User, req.Granted = "joe", []agency.Role{agency.Viewer}
		if reply := r.Take(context.Background(), req); reply.Refused != agency.CodeForbidden {
			t.Errorf("with a role that may only read: %+v", reply)
		}
	})
}

// tally keeps what an observer is told, as lines.
type tally struct {
	bot.Observer
	mu    sync.Mutex
	lines []string
}

func newTally() *tally { return &tally{Observer: bot.Observed(nil)} }

func (o *tally) add(format string, args ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lines = append(o.lines, fmt.Sprintf(format, args...))
}

func (o *tally) Took(command string, kind bot.Kind, refused agency.Code, took time.Duration) {
	if took <= 0 {
		o.add("no time")
	}
	o.add("took %q %s %q", command, kind, refused)
}

func (o *tally) Tried(_ agency.Platform, outcome bot.Outcome, attempt int, _ time.Duration) {
	o.add("tried %s %d", outcome, attempt)
}

func (o *tally) Parked(p agency.Platform)   { o.add("parked on %s", p) }
func (o *tally) Repeated(p agency.Platform) { o.add("repeated on %s", p) }

func TestTheRouterTellsItsObserver(t *testing.T) {
	t.Parallel()
	panics := bot.Command{Name: "help", Reads: true, Run: func(*bot.Turn) (bot.Reply, error) { panic("a fault") }}
	r, _ := router(t, storetest.SQLite(t), onboard, panics)
	watch := newTally()
	r.Observer = watch
	for key, line := range []string{"seller onboard Glow", "seller onboard Glow", "nonsense", "help"} {
		r.Take(t.Context(), typed(fmt.Sprint("k", key), line))
	}
	want := []string{`took "seller onboard" typed ""`, `took "seller onboard" typed "conflict"`, `took "" typed "not_found"`, `took "help" typed "internal"`}
	if diff := cmp.Diff(want, watch.lines); diff != "" {
		t.Error(diff)
	}
}

// weighed notes which work was said to be heavy.
type weighed struct {
	agency.Store
	heavy []bool
}

func (w *weighed) Write(ctx context.Context, fn func(agency.Tx) error) error {
	w.heavy = append(w.heavy, agency.IsHeavy(ctx))
	return w.Store.Write(ctx, fn)
}

func TestHeavyCommandsSaySoToTheRecords(t *testing.T) {
	t.Parallel()
	heavy := onboard
	heavy.Name, heavy.Heavy = "seller import", true
	r, _ := router(t, storetest.SQLite(t), onboard, heavy)
	w := &weighed{Store: r.Agency.Store}
	r.Agency.Store = w
	for i, line := range []string{"seller onboard Glow", "seller import Home"} {
		if reply := r.Take(t.Context(), typed(fmt.Sprint("k", i), line)); reply.Refused != "" {
			t.Fatalf("%s: %+v", line, reply)
		}
	}
	if !slices.Equal(w.heavy, []bool{false, true}) {
		t.Errorf("heavy: %v", w.heavy)
	}
}
