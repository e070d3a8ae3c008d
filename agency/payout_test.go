package agency_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"liaison/agency"
	"liaison/agency/money"
	"liaison/agency/policy"
	"liaison/store"
	"liaison/store/storetest"
)

// payoutDesk is an agency with people and creators whose money can be paid.
type payoutDesk struct {
	agency *agency.Agency
	now    time.Time
	orders int
}

// who is a person of the tests on the console.
func who(name string) agency.Identity {
	return agency.Identity{Platform: agency.Console, Workspace: "test", User: name}
}

// newPayoutDesk makes an agency with makers (mae, max: program; fay, tom, ida: finance) and creators C-1 to C-3.
func newPayoutDesk(t testing.TB, s agency.Store) *payoutDesk {
	t.Helper()
	book, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	p := &payoutDesk{now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}
	p.agency = &agency.Agency{Store: s, Now: func() time.Time { return p.now }, Rules: book}
	err = p.agency.Do(context.Background(), agency.System, func(d *agency.Desk) error {
		for name, role := range map[string]agency.Role{"mae": agency.ProgramManager, "max": agency.ProgramManager,
			"fay": agency.Finance, "tom": agency.Finance, "ida": agency.Finance, "vic": agency.Viewer} {
			if _, err := d.Grant(who(name), name, role); err != nil {
				return err
			}
		}
		_, err := d.Subscribe(agency.Address{Platform: agency.Console, Workspace: "test", Channel: "finance"}, agency.ApprovalsFeed, "", "UTC")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	p.write(t, func(tx agency.Tx) error {
		if _, err := tx.InsertSeller(agency.Seller{Shop: "Glow Lab", Region: "US", Stage: agency.Live, Version: 1}, "glowlab"); err != nil {
			return err
		}
		for i := range 3 {
			c := agency.Creator{Handle: fmt.Sprintf("creator%d", i+1), State: agency.CreatorActive, AgencyShare: money.BasisPoints(1_111 * (i + 1)),
				TaxForm: true, PayoutReady: true, Version: 1}
			if _, err := tx.InsertCreator(c); err != nil {
				return err
			}
		}
		return nil
	})
	return p
}

func (p *payoutDesk) write(t testing.TB, fn func(agency.Tx) error) {
	t.Helper()
	if err := p.agency.Store.Write(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

// settle records a settled line with its posting.
func (p *payoutDesk) settle(t testing.TB, creator agency.CreatorID, cents int64) (id agency.LineID, payable int64) {
	t.Helper()
	p.orders++
	p.write(t, func(tx agency.Tx) error {
		actual := money.Of(cents, "USD")
		at := agency.InstantOf(p.now).Add(-time.Hour)
		c, err := tx.Creator(creator)
		if err != nil {
			return err
		}
		ids, err := tx.InsertOrderLines([]agency.OrderLine{{OrderNo: fmt.Sprint(p.orders), SKU: "1", Seller: 1, Share: c.AgencyShare,
			Creator: creator, State: agency.LineSettled, Actual: actual, Price: actual, Quantity: 1, SettledAt: at, UpdatedAt: at, Source: "test"}})
		if err != nil {
			return err
		}
		id = ids[0]
		payable, err = settlementOf(tx, creator, actual, fmt.Sprintf("settled:%d", id))
		return err
	})
	return id, payable
}

// settlementOf posts a commission (or, negative, takes it back) and gives the creator's part.
func settlementOf(tx agency.Tx, creator agency.CreatorID, actual money.Amount, key string) (int64, error) {
	c, err := tx.Creator(creator)
	if err != nil {
		return 0, err
	}
	theirs, ours, err := c.SplitCommission(actual)
	if err != nil {
		return 0, err
	}
	return theirs.Minor, tx.InsertPostings([]agency.Posting{{Key: key, Kind: "settlement", Entries: []agency.Entry{
		{Account: agency.Clearing, Amount: actual}, {Account: agency.CreatorAccount(creator), Amount: theirs.Neg()},
		{Account: agency.AgencyIncome, Amount: ours.Neg()}}}})
}

func (p *payoutDesk) do(name string, work func(*agency.Desk) error) error {
	return p.agency.Do(context.Background(), who(name), work)
}

func (p *payoutDesk) prepare(name string) (r agency.PayoutRun, err error) {
	err = p.do(name, func(d *agency.Desk) error {
		prepared, err := d.PreparePayout(agency.PayoutOrder{Currency: "USD"})
		r = prepared.Run
		return err
	})
	return r, err
}

func (p *payoutDesk) approve(name string, id agency.PayoutID) (outcome agency.PayoutOutcome, err error) {
	err = p.do(name, func(d *agency.Desk) error {
		_, outcome, err = d.ApprovePayout(id, "")
		return err
	})
	return outcome, err
}

func (p *payoutDesk) deny(name string, id agency.PayoutID, reason string) (outcome agency.PayoutOutcome, err error) {
	err = p.do(name, func(d *agency.Desk) error {
		_, outcome, err = d.DenyPayout(id, reason)
		return err
	})
	return outcome, err
}

func (p *payoutDesk) cancel(name string, id agency.PayoutID) (outcome agency.PayoutOutcome, err error) {
	err = p.do(name, func(d *agency.Desk) error {
		_, outcome, err = d.CancelPayout(id)
		return err
	})
	return outcome, err
}

func (p *payoutDesk) run(t testing.TB, id agency.PayoutID) (r agency.PayoutRun, approvals []agency.PayoutApproval) {
	t.Helper()
	err := p.agency.Store.Read(context.Background(), func(tx agency.Tx) (err error) {
		if r, err = tx.PayoutRun(id); err != nil {
			return err
		}
		approvals, err = tx.PayoutApprovals(id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return r, approvals
}

// balance is an account's balance in cents, after checking that the ledger as a whole is zero.
func (p *payoutDesk) balance(t testing.TB, a agency.Account) (minor int64) {
	t.Helper()
	err := p.agency.Store.Read(context.Background(), func(tx agency.Tx) error {
		all, err := tx.TrialBalance()
		if err != nil {
			return err
		}
		for _, sum := range all {
			if !sum.IsZero() {
				return fmt.Errorf("the ledger is out by %s", sum)
			}
		}
		b, err := tx.Balance(a, "USD")
		minor = b.Minor
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return minor
}

// TestApproversAtOnce: twenty presses at once, by two approvers, the maker and a viewer, are one payout with two approvals.
func TestApproversAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		p := newPayoutDesk(t, s)
		_, payable := p.settle(t, 1, 900_000)
		r, err := p.prepare("ida")
		if err != nil || r.Needs != 2 || r.Total.Minor != payable {
			t.Fatalf("prepared %+v, %v", r, err)
		}
		people := []string{"fay", "tom", "ida", "vic"}
		outcomes := make(chan agency.PayoutOutcome, 20)
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				name := people[i%len(people)]
				for {
					outcome, err := p.approve(name, r.ID)
					code := agency.CodeOf(err)
					if err != nil && code == agency.CodeUnavailable {
						continue // as a person would, press again
					}
					if refused := name == "ida" || name == "vic"; refused && outcome != agency.PayoutLate && code != agency.CodeForbidden {
						t.Errorf("%s: %s, %v", name, outcome, err)
					}
					if err == nil {
						outcomes <- outcome
					} else if code != agency.CodeForbidden && code != agency.CodeConflict {
						t.Errorf("%s: %v", name, err)
					}
					return
				}
			})
		}
		all.Wait()
		close(outcomes)
		count := map[agency.PayoutOutcome]int{}
		for o := range outcomes {
			count[o]++
		}
		done, approvals := p.run(t, r.ID)
		if count[agency.PayoutCounted] != 1 || count[agency.PayoutDone] != 1 || done.State != agency.PayoutApproved || len(approvals) != 2 {
			t.Errorf("outcomes %v, run %s, %d approvals", count, done.State, len(approvals))
		}
		if got := p.balance(t, agency.PayoutTransitAccount(r.ID)); got != -payable {
			t.Errorf("%d is on its way, want %d, once", got, -payable)
		}
		if got := p.balance(t, agency.CreatorAccount(1)); got != 0 {
			t.Errorf("the creator is still owed %d", -got)
		}
	})
}

// TestPreparedAtOnce: runs prepared at once by many take every line once.
func TestPreparedAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		p := newPayoutDesk(t, s)
		for c := range agency.CreatorID(3) {
			p.settle(t, c+1, 20_000)
		}
		var all sync.WaitGroup
		var mu sync.Mutex
		var made []agency.PayoutRun
		for i := range 8 {
			all.Go(func() {
				for {
					r, err := p.prepare([]string{"mae", "max", "fay", "tom"}[i%4])
					switch agency.CodeOf(err) {
					case agency.CodeUnavailable:
						continue
					case agency.CodeConflict:
						return
					}
					mu.Lock()
					defer mu.Unlock()
					if made = append(made, r); err != nil {
						t.Errorf("preparing: %v", err)
					}
					return
				}
			})
		}
		all.Wait()
		if len(made) != 1 || made[0].Lines != 3 {
			t.Errorf("%d runs were made of three lines: %+v", len(made), made)
		}
	})
}

// TestApproveAndDenyAtOnce: whoever is first decides; the other is told so, and the lines are either paid or free.
func TestApproveAndDenyAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		p := newPayoutDesk(t, s)
		for range 5 {
			p.settle(t, 1, 20_000)
			r, err := p.prepare("mae")
			if err != nil {
				t.Fatal(err)
			}
			var outcomes [3]agency.PayoutOutcome
			var all sync.WaitGroup
			for i, press := range []func() (agency.PayoutOutcome, error){
				func() (agency.PayoutOutcome, error) { return p.approve("fay", r.ID) },
				func() (agency.PayoutOutcome, error) { return p.deny("tom", r.ID, "no") },
				func() (agency.PayoutOutcome, error) { return p.cancel("mae", r.ID) },
			} {
				all.Go(func() {
					for {
						outcome, err := press()
						if agency.CodeOf(err) == agency.CodeUnavailable && err != nil {
							continue
						}
						if err != nil {
							t.Error(err)
						}
						outcomes[i] = outcome
						return
					}
				})
			}
			all.Wait()
			decided, _ := p.run(t, r.ID)
			want := map[agency.PayoutState]int{agency.PayoutApproved: 0, agency.PayoutDenied: 1, agency.PayoutCanceled: 2}[decided.State]
			for i, o := range outcomes {
				if first := i == want; first != (o == agency.PayoutDone) || !first && o != agency.PayoutLate {
					t.Fatalf("%s, but the presses say %v", decided.State, outcomes)
				}
			}
			if paid := p.balance(t, agency.PayoutTransitAccount(r.ID)) != 0; paid != (decided.State == agency.PayoutApproved) {
				t.Fatalf("%s, and paid is %v", decided.State, paid)
			}
			if decided.State != agency.PayoutApproved { // for the next round
				if next, err := p.prepare("max"); err != nil {
					t.Fatal(err)
				} else if _, err := p.approve("fay", next.ID); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

// twoFaces is a store in which the account of tom belongs to fay: one person with two accounts.
type twoFaces struct{ agency.Store }

func (s twoFaces) Write(ctx context.Context, fn func(agency.Tx) error) error {
	return s.Store.Write(ctx, func(tx agency.Tx) error { return fn(twoFacesTx{tx}) })
}

type twoFacesTx struct{ agency.Tx }

func (t twoFacesTx) MemberByIdentity(id agency.Identity) (agency.Member, bool, error) {
	if id == who("tom") {
		id = who("fay")
	}
	return t.Tx.MemberByIdentity(id)
}

func TestOnePersonWithTwoAccountsIsOnePerson(t *testing.T) {
	t.Parallel()
	p := newPayoutDesk(t, storetest.SQLite(t))
	p.agency.Store = twoFaces{p.agency.Store}
	p.settle(t, 1, 900_000)
	r, err := p.prepare("fay")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.approve("tom", r.ID); agency.CodeOf(err) != agency.CodeForbidden {
		t.Errorf("the maker approves under a second account: %v", err)
	}
	if _, err := p.cancel("tom", r.ID); err != nil {
		t.Errorf("the maker takes it back under a second account: %v", err)
	}
	if r, err = p.prepare("mae"); err != nil {
		t.Fatal(err)
	}
	if outcome, err := p.approve("fay", r.ID); err != nil || outcome != agency.PayoutCounted {
		t.Fatalf("%s, %v", outcome, err)
	}
	if _, err := p.approve("tom", r.ID); agency.CodeOf(err) != agency.CodeConflict {
		t.Errorf("one person is both approvers: %v", err)
	}
}

func TestPayoutRefusals(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		p := newPayoutDesk(t, s)
		p.settle(t, 1, 20_000)
		r, err := p.prepare("mae")
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			name string
			who  agency.Identity
			work func(*agency.Desk) error
			code agency.Code
			says string
		}{
			{"a viewer approves", who("vic"), approves(r.ID, ""), agency.CodeForbidden, "needs the role finance"},
			{"a stranger approves", who("nobody"), approves(r.ID, ""), agency.CodeForbidden, "needs the role finance"},
			{"the desk itself approves", agency.System, approves(r.ID, ""), agency.CodeForbidden, "by people"},
			{"the desk itself prepares", agency.System, func(d *agency.Desk) error {
				_, err := d.PreparePayout(agency.PayoutOrder{Currency: "USD"})
				return err
			}, agency.CodeForbidden, "by people"},
			{"the card is of another content", who("fay"), approves(r.ID, "0123456789ab"), agency.CodeStale, "another run"},
			{"there is no such run", who("fay"), approves(99, ""), agency.CodeNotFound, "P-99"},
			{"no reason is given", who("fay"), denies(r.ID, "  "), agency.CodeInvalid, "Say why"},
			{"the reason is a novel", who("fay"), denies(r.ID, strings.Repeat("ø", 301)), agency.CodeInvalid, "under 300"},
			{"the maker denies", who("mae"), denies(r.ID, "oops"), agency.CodeForbidden, "finance"},
			{"somebody else takes it back", who("max"), func(d *agency.Desk) error {
				_, _, err := d.CancelPayout(r.ID)
				return err
			}, agency.CodeForbidden, "Only mae"},
		} {
			err := p.agency.Do(context.Background(), c.who, c.work)
			var refusal *agency.Error
			if !errors.As(err, &refusal) || refusal.Code != c.code || !strings.Contains(refusal.Message, c.says) {
				t.Errorf("%s: %v, want %s saying %q", c.name, err, c.code, c.says)
			}
		}
		if left, approvals := p.run(t, r.ID); left.State != agency.PayoutPending || left.Version != r.Version || len(approvals) != 0 {
			t.Errorf("a refusal has changed the run: %+v, %v", left, approvals)
		}
		if outcome, err := p.approve("fay", r.ID); err != nil || outcome != agency.PayoutDone {
			t.Errorf("after all the refusals: %s, %v", outcome, err)
		}
	})
}

func approves(id agency.PayoutID, seal string) func(*agency.Desk) error {
	return func(d *agency.Desk) error {
		_, _, err := d.ApprovePayout(id, seal)
		return err
	}
}

func denies(id agency.PayoutID, reason string) func(*agency.Desk) error {
	return func(d *agency.Desk) error {
		_, _, err := d.DenyPayout(id, reason)
		return err
	}
}

// TestALineIsTakenOnce: whatever a use case believes, the store takes no line that a living run has or that is not settled.
func TestALineIsTakenOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		p := newPayoutDesk(t, s)
		id, _ := p.settle(t, 1, 20_000)
		r, err := p.prepare("mae")
		if err != nil {
			t.Fatal(err)
		}
		take := func() error {
			return s.Write(context.Background(), func(tx agency.Tx) error {
				lines, err := tx.PayoutLines(r.ID)
				if err != nil {
					return err
				}
				_, err = tx.InsertPayoutRun(r, lines)
				return err
			})
		}
		if err := take(); agency.CodeOf(err) != agency.CodeConflict {
			t.Errorf("a line is in two living runs: %v", err)
		}
		if _, err := p.cancel("mae", r.ID); err != nil {
			t.Fatal(err)
		}
		p.write(t, func(tx agency.Tx) error {
			line, err := tx.OrderLine(id)
			if err != nil {
				return err
			}
			line.State = agency.LineFrozen
			return tx.UpdateOrderLines([]agency.OrderLine{line})
		})
		if err := take(); agency.CodeOf(err) != agency.CodeConflict {
			t.Errorf("a line that is not settled is in a run: %v", err)
		}
	})
}
