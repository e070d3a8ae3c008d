package agency_test

import (
	"context"
	"testing"
	"time"

	"pgregory.net/rapid"

	"liaison/agency"
	"liaison/store"
	"liaison/store/storetest"
)

// link joins two accounts with a code, as their person does.
func (p *payoutDesk) link(from, to string) (err error) {
	code := ""
	err = p.do(from, func(d *agency.Desk) error {
		code, _, err = d.NewLinkCode()
		return err
	})
	if err != nil {
		return err
	}
	return p.do(to, func(d *agency.Desk) error {
		_, _, err = d.Link(code)
		return err
	})
}

// TestOnePersonCountsOnce: accounts approve a large run in any order and are linked at any time. Whatever happens, the
// approvals that count are of different people who did not prepare it, and it is approved only with two of them.
func TestOnePersonCountsOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		p := newPayoutDesk(t, storetest.SQLite(t))
		accounts := []string{"fay", "tom", "ida", "fay2", "tom2"}
		person := map[string]string{"fay": "fay", "tom": "tom", "ida": "ida", "fay2": "fay2", "tom2": "tom2"}
		err := p.agency.Do(context.Background(), agency.System, func(d *agency.Desk) error {
			for _, name := range []string{"fay2", "tom2"} {
				if _, err := d.Grant(who(name), name, agency.Finance); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		p.settle(t, 1, 900_000)
		maker := rapid.SampledFrom(accounts).Draw(rt, "maker")
		r, err := p.prepare(maker)
		if err != nil || r.Needs != 2 {
			t.Fatalf("prepared %+v, %v", r, err)
		}
		said := map[string]bool{} // accounts that approved
		for range rapid.IntRange(1, 10).Draw(rt, "presses") {
			account := rapid.SampledFrom(accounts).Draw(rt, "account")
			if other := map[string]string{"fay": "fay2", "tom": "tom2", "fay2": "fay", "tom2": "tom"}[account]; other != "" && rapid.Bool().Draw(rt, "links") {
				if err := p.link(account, other); (err == nil) != (person[account] != person[other]) {
					t.Fatalf("linking %s with %s: %v", account, other, err)
				}
				person[account], person[other] = account[:3], account[:3]
				continue
			}
			people := peopleOf(said, person, maker)
			_, err := p.approve(account, r.ID)
			if now, _ := p.run(t, r.ID); now.State == agency.PayoutApproved {
				if people[person[account]] = true; person[account] == person[maker] || len(people) < 2 {
					t.Fatalf("approved by %v, prepared by %s", people, person[maker])
				}
				return
			}
			if fresh := person[account] != person[maker] && !people[person[account]]; fresh != (err == nil) {
				t.Fatalf("%s (%s) approves after %v, prepared by %s: %v", account, person[account], people, person[maker], err)
			}
			said[account] = err == nil || said[account]
		}
	})
}

// peopleOf is who stands behind approvals that count.
func peopleOf(said map[string]bool, person map[string]string, maker string) map[string]bool {
	people := map[string]bool{}
	for account, yes := range said {
		if yes && person[account] != person[maker] {
			people[person[account]] = true
		}
	}
	return people
}

func TestLinkCodesAreNotKeptInClear(t *testing.T) {
	t.Parallel()
	p := newPayoutDesk(t, storetest.SQLite(t))
	err := p.do("fay", func(d *agency.Desk) error {
		code, _, err := d.NewLinkCode()
		if err != nil {
			return err
		}
		if len(code) != len("ABCD-EFGH-JKLM") {
			t.Errorf("the code %q has another length", code)
		}
		second, _, err := d.NewLinkCode()
		if second == code {
			t.Error("two codes are the same")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, outcome, err := p.tryLink("tom", "AAAA-AAAA-AAAA"); outcome != agency.LinkWrong || err != nil {
		t.Errorf("a made-up code is %q, %v", outcome, err)
	}
}

func (p *payoutDesk) tryLink(name, code string) (m agency.Member, outcome agency.LinkOutcome, err error) {
	err = p.do(name, func(d *agency.Desk) error {
		m, outcome, err = d.Link(code)
		return err
	})
	return m, outcome, err
}

// TestLinkCodesAreForgotten: a code that still holds survives the sweep, one of the day before yesterday is gone.
func TestLinkCodesAreForgotten(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		p := newPayoutDesk(t, s)
		made := func() (code string) {
			check(t, p.do("fay", func(d *agency.Desk) (err error) { code, _, err = d.NewLinkCode(); return err }))
			return code
		}
		sweep := func(at time.Time) {
			later := *p.agency
			later.Now = func() time.Time { return at }
			check(t, later.Do(t.Context(), agency.System, func(d *agency.Desk) error { return d.ForgetLinkCodes() }))
		}
		outcome := func(code string) (o agency.LinkOutcome) {
			check(t, p.do("tom", func(d *agency.Desk) (err error) { _, _, o, err = d.CheckLinkCode(code); return err }))
			return o
		}
		code := made()
		sweep(p.agency.Now().Add(time.Hour))
		if o := outcome(code); o != agency.LinkAsk {
			t.Errorf("a young code is answered %q after the sweep", o)
		}
		sweep(p.agency.Now().AddDate(0, 0, 2))
		if o := outcome(code); o != agency.LinkWrong {
			t.Errorf("an old code is answered %q after the sweep", o)
		}
	})
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
