package reminders_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"liaison/agency"
	"liaison/agency/schedule"
	"liaison/bot"
	"liaison/reminders"
)

// calendar is the records of a desk with one digest and one case, in memory, and a clock that may be set.
type calendar struct {
	ahead  atomic.Int64 // of the desk's clock before the bubble's
	mu     sync.Mutex
	zone   string
	plan   string
	since  agency.Instant
	due    agency.Instant // the case's deadline
	fails  int            // so many of the next transactions are not committed
	slots  map[string]bool
	said   []agency.Outgoing
	claims []claim
}

// claim is a slot with the desk's time at which it was claimed.
type claim struct {
	reminder, slot string
	at             agency.Instant
	real           time.Time
}

func (c *calendar) now() time.Time {
	return time.Now().Add(time.Duration(c.ahead.Load()))
}

var errKilled = errors.New("killed before the commit")

func (c *calendar) Write(_ context.Context, do func(agency.Tx) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	tx := page{calendar: c, slots: maps.Clone(c.slots)}
	if err := do(&tx); err != nil {
		return err
	}
	if c.fails > 0 && len(tx.claims) > 0 {
		c.fails--
		return errKilled
	}
	c.slots, c.said, c.claims = tx.slots, append(c.said, tx.said...), append(c.claims, tx.claims...)
	return nil
}

func (c *calendar) Read(ctx context.Context, look func(agency.Tx) error) error {
	return c.Write(ctx, look)
}

// page is a transaction.
type page struct {
	agency.Tx
	*calendar
	slots  map[string]bool
	said   []agency.Outgoing
	claims []claim
}

var room = agency.Address{Platform: agency.Console, Workspace: "w", Channel: "room"}

func (p *page) Subscriptions(f agency.Feed) ([]agency.Subscription, error) {
	return []agency.Subscription{{ID: 1, To: room, Feed: f, Schedule: p.plan, Zone: p.zone, Since: p.since}}, nil
}

func (p *page) ClaimSlot(reminder, slot string, at agency.Instant) (bool, error) {
	key := reminder + " " + slot
	if p.slots[key] {
		return false, nil
	}
	p.slots[key] = true
	p.claims = append(p.claims, claim{reminder, slot, at, time.Now()})
	return true, nil
}

func (p *page) ClaimedSlots(reminder string) (slots []string, err error) {
	for key := range p.slots {
		if slot, ok := strings.CutPrefix(key, reminder+" "); ok {
			slots = append(slots, slot)
		}
	}
	return slots, nil
}

func (p *page) LastSlot(reminder string) (last string, err error) {
	for key := range p.slots {
		if slot, ok := strings.CutPrefix(key, reminder+" "); ok {
			last = max(last, slot)
		}
	}
	return last, nil
}

func (p *page) Enqueue(o agency.Outgoing) error { p.said = append(p.said, o); return nil }

func (p *page) FindCases(f agency.CaseFilter) ([]agency.Case, int, error) {
	if p.due < f.DueFrom || p.due >= f.DueBefore {
		return nil, 0, nil
	}
	return []agency.Case{{ID: 1, State: agency.CaseOpen, Deadline: p.due, Since: p.since}}, 1, nil
}

func (p *page) CardPlaces(string, string) ([]agency.Address, error) {
	return []agency.Address{room}, nil
}
func (p *page) RedrawCard(string, string, agency.Instant) error                  { return nil }
func (p *page) BlockedSteps(int) ([]agency.Step, error)                          { return []agency.Step{{}}, nil } // there is something to say
func (p *page) PayoutRunsIn(agency.PayoutState, int) ([]agency.PayoutRun, error) { return nil, nil }
func (p *page) OpenMatches(int) ([]agency.Match, error)                          { return nil, nil }
func (p *page) Cases([]agency.CaseState, int) ([]agency.Case, error)             { return nil, nil }
func (p *page) Sellers(agency.SellerFilter) ([]agency.Seller, int, error)        { return nil, 0, nil }
func (p *page) DecidedBetween(_, _ agency.Instant) (agency.Decided, error) {
	return agency.Decided{}, nil
}
func (p *page) ApprovedPerCreator() (map[agency.CreatorID]int64, error)      { return nil, nil }
func (p *page) CreatorsIn(agency.CreatorState) ([]agency.Creator, error)     { return nil, nil }
func (p *page) StepsDue(agency.Date, int) ([]agency.Step, error)             { return nil, nil }
func (p *page) Campaigns() ([]agency.Campaign, error)                        { return nil, nil }
func (p *page) SalesBetween(_, _ agency.Instant) ([]agency.SalesSum, error)  { return nil, nil }
func (p *page) OfferedMatches() ([]agency.Match, error)                      { return nil, nil }
func (p *page) HeldNotices(agency.Instant, int) ([]agency.HeldNotice, error) { return nil, nil }
func (p *page) FiguresBetween(agency.SellerID, agency.Date, agency.Date) ([]agency.Figure, error) {
	return nil, nil
}

const every = 20 * time.Minute

// days is a run: replicas that come and go while days pass.
type days struct {
	*calendar
	when   schedule.Schedule
	stops  []func()
	steady []span // in which a replica lived and the clock was not set, by the desk's clock
	from   time.Time
	faults []error
}

type span struct {
	from, until agency.Instant
	ended       time.Time // by the clock that nobody sets
}

// real is when something was in a span, by the clock that nobody sets.
func (s span) real(at agency.Instant) time.Time { return s.ended.Add(-s.until.Sub(at)) }

func (d *days) start() {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	a := &agency.Agency{Store: d.calendar, Now: d.now}
	go func() {
		defer close(ended)
		_ = reminders.Run(ctx, a, every, slog.New(slog.DiscardHandler), &faults{Observer: bot.Observed(nil), days: d})
	}()
	if len(d.stops) == 0 {
		d.from = d.now()
	}
	d.stops = append(d.stops, func() { cancel(); <-ended })
}

// faults keeps what goes wrong in a loop, but for what was killed.
type faults struct {
	bot.Observer
	*days
}

func (f *faults) Beat(_ bot.Loop, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil && !errors.Is(err, errKilled) {
		f.faults = append(f.faults, err)
	}
}

// kill ends the replica that has lived longest.
func (d *days) kill() {
	if len(d.stops) == 0 {
		return
	}
	d.pause()
	d.stops[0]()
	if d.stops = d.stops[1:]; len(d.stops) > 0 {
		d.from = d.now()
	}
}

// pause ends a steady span.
func (d *days) pause() {
	if len(d.stops) > 0 {
		d.steady = append(d.steady, span{agency.InstantOf(d.from), agency.InstantOf(d.now()), time.Now()})
		d.from = d.now()
	}
}

func (d *days) set(by time.Duration) {
	d.pause()
	d.ahead.Add(int64(by))
	d.from = d.now()
}

// fail has the next commits fail, for an hour.
func (d *days) fail(commits int) {
	d.pause()
	set := func(n int) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.fails = n
	}
	set(commits)
	time.Sleep(6 * every)
	set(0)
	d.from = d.now()
}

// moments are when a case is brought up, as the guide says.
var moments = []struct {
	name  string
	after time.Duration
}{{"72h", -72 * time.Hour}, {"24h", -24 * time.Hour}, {"4h", -4 * time.Hour}, {"due", 0}, {"overdue-1d", 24 * time.Hour}, {"overdue-2d", 48 * time.Hour},
	{"overdue-3d", 72 * time.Hour}, {"overdue-4d", 96 * time.Hour}, {"overdue-5d", 120 * time.Hour}, {"overdue-6d", 144 * time.Hour}, {"overdue-7d", 168 * time.Hour}}

// newestMoment is the last of the case's moments that has come; those before it was recorded do not count.
func (d *days) newestMoment(now agency.Instant) (name string) {
	for _, m := range moments {
		if at := d.due.Add(m.after); at <= now && at > d.since {
			name = m.name
		}
	}
	return name
}

// saidAhead reports that the slot after this one was said first, by a clock that has been set back since.
func (d *days) saidAhead(slot schedule.Slot, by time.Time, zone *time.Location) bool {
	at, _ := slot.Instant(zone)
	next, _ := d.when.Next(at, zone)
	return slices.ContainsFunc(d.claims, func(c claim) bool { return c.reminder == "digest 1" && c.slot == string(next) && c.real.Before(by) })
}

// judge checks what was said against the calendar.
func (d *days) judge() (wrong []string) {
	complain := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	for _, err := range d.faults {
		complain("a loop failed: %v", err)
	}
	zone, _ := time.LoadLocation(d.zone)
	claimed, notes, last := map[string]int{}, map[string]int{}, ""
	for _, c := range d.claims {
		claimed[c.reminder+" "+c.slot]++
		if c.reminder != "digest 1" {
			if newest := d.newestMoment(c.at); newest == "" || !strings.HasPrefix(c.slot, newest+" of ") {
				complain("%s was claimed for %s, when %q had come", c.slot, c.reminder, newest)
			}
			continue
		}
		if newest, _ := d.when.Latest(c.at.Time(), zone); string(newest) != c.slot {
			complain("the digest of %s was claimed at %s, when that of %s had come", c.slot, c.at.Time(), newest)
		}
		if next, _ := d.when.Next(c.at.Time(), zone); c.slot < last && last <= string(next) {
			complain("the digest of %s was said after that of %s", c.slot, last)
		}
		last = max(last, c.slot)
	}
	for _, o := range d.said {
		if notes[o.Kind+" "+o.Ref]++; notes[o.Kind+" "+o.Ref] > 1 {
			complain("%s %s was said twice", o.Kind, o.Ref)
		}
	}
	if len(notes) != len(d.claims) || len(claimed) != len(d.claims) {
		complain("%d slots were claimed %d times, and %d notes said", len(claimed), len(d.claims), len(notes))
	}
	for _, s := range d.steady {
		for _, m := range moments {
			at := d.due.Add(m.after)
			if at > d.since && at > s.from && at.Add(2*every) <= s.until && claimed["case V-1 "+m.name+" of "+d.due.Time().Format(time.RFC3339)] == 0 {
				complain("the case's %s is missing, and somebody ran from %s until %s", m.name, s.from.Time(), s.until.Time())
			}
		}
		at := s.from
		for {
			slot, ok := d.when.Next(at.Time(), zone)
			when, _ := slot.Instant(zone)
			if at = agency.InstantOf(when); !ok || at.Add(2*every) > s.until {
				break
			}
			if claimed["digest 1 "+string(slot)] == 0 && at > d.since && !d.saidAhead(slot, s.real(at), zone) {
				complain("the digest of %s is missing, and somebody ran from %s until %s", slot, s.from.Time(), s.until.Time())
			}
		}
	}
	if newest, due := d.when.Due(d.since.Time(), d.now().Add(-5*every), zone); due && !slices.ContainsFunc(d.claims, func(c claim) bool { return c.reminder == "digest 1" && c.slot >= string(newest) }) {
		complain("the newest digest, of %s, is missing", newest)
	}
	return wrong
}

// TestEverySlotIsClaimedAndSaidOnce lets days pass, across a change of the clocks, with replicas that are killed and replaced,
// commits that fail, and a clock that is set.
func TestEverySlotIsClaimedAndSaidOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		var said any
		synctest.Test(t, func(*testing.T) {
			defer func() { said = recover() }()
			passDays(rt)
		})
		switch {
		case said == nil:
		case fmt.Sprintf("%T", said) == "rapid.stopTest": // by different lines: rapid tells a failure by these from what drew too much
			panic(said)
		default:
			panic(said)
		}
	})
}

func passDays(rt *rapid.T) {
	spring, autumn := time.Date(2026, 3, 27, 11, 0, 0, 0, time.UTC), time.Date(2026, 10, 23, 11, 0, 0, 0, time.UTC)
	began := rapid.SampledFrom([]time.Time{spring, autumn}).Draw(rt, "begins")
	d := &days{calendar: &calendar{slots: map[string]bool{}, since: agency.InstantOf(began),
		zone: rapid.SampledFrom([]string{"Europe/London", "America/Sao_Paulo", "Europe/Berlin"}).Draw(rt, "zone"),
		plan: rapid.SampledFrom([]string{"30 1 * * *", "30 2 * * *", "0 9 * * *", "0 8 * * 1", "0 */6 * * *"}).Draw(rt, "schedule")}}
	d.ahead.Store(int64(time.Until(began)))
	d.due = d.since.Add(time.Duration(rapid.IntRange(1, 200).Draw(rt, "hours until the deadline")) * time.Hour)
	var err error
	if d.when, err = bot.ParseSchedule(d.plan); err != nil {
		rt.Fatal(err)
	}
	defer func() {
		for len(d.stops) > 0 {
			d.kill()
		}
	}()
	d.start()
	for range rapid.IntRange(1, 10).Draw(rt, "steps") {
		switch rapid.SampledFrom([]string{"kill", "kill", "start", "start", "fail", "set", "set", "wait"}).Draw(rt, "do") {
		case "kill":
			d.kill()
		case "start":
			if len(d.stops) < 3 {
				d.start()
			}
		case "fail":
			d.fail(rapid.IntRange(1, 3).Draw(rt, "commits"))
		case "set":
			d.set(time.Duration(rapid.SampledFrom([]int{-50 * 60, -90, 20, 50 * 60}).Draw(rt, "minutes")) * time.Minute)
		}
		time.Sleep(time.Duration(rapid.IntRange(0, 30*60).Draw(rt, "minutes pass")) * time.Minute)
	}
	d.start()
	time.Sleep(8 * every)
	d.pause()
	synctest.Wait() // whoever is at it has finished
	if wrong := d.judge(); len(wrong) > 0 {
		rt.Fatal(strings.Join(wrong, "\n"))
	}
}
