package store_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"liaison/agency"
	"liaison/agency/policy"
	"liaison/store"
	"liaison/store/storetest"
)

// A seller's stage is that of the first step that is not done, whatever is ticked, opened and blocked in whatever order.
func TestTheStageFollowsTheSteps(t *testing.T) {
	t.Parallel()
	book, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		a := &agency.Agency{Store: s, Now: time.Now, Rules: book}
		do := func(work func(*agency.Desk) error) {
			t.Helper()
			if err := a.Do(t.Context(), agency.System, work); err != nil {
				t.Fatal(err)
			}
		}
		var id agency.SellerID
		do(func(d *agency.Desk) error {
			s, err := d.OnboardSeller(agency.NewSeller{Shop: "Glow", Region: "US", Category: book.Categories[0]})
			id = s.ID
			return err
		})
		rapid.Check(t, func(r *rapid.T) {
			do(func(d *agency.Desk) error {
				_, steps, err := d.Seller(id)
				if err != nil {
					return err
				}
				step := rapid.SampledFrom(steps).Draw(r, "step")
				change := agency.StepChange{Tick: true}
				switch {
				case step.State == agency.StepDone:
					change = agency.StepChange{Reopen: true}
				case rapid.Bool().Draw(r, "block"):
					change = agency.StepChange{Block: "it waits"}
				}
				changed, now, err := d.ChangeStep(id, step.Code, change)
				if err != nil {
					return err
				}
				kept, steps, err := d.Seller(id)
				want := agency.Live
				for i := len(steps) - 1; i >= 0; i-- {
					if steps[i].State != agency.StepDone {
						want = steps[i].Stage
					}
					if steps[i].Code == now.Code && steps[i] != bumped(now) {
						r.Errorf("the step is %+v, was answered as %+v", steps[i], now)
					}
				}
				if changed.Stage != want || kept.Stage != want {
					r.Errorf("the stage is %s and was answered as %s, want %s", kept.Stage, changed.Stage, want)
				}
				return err
			})
		})
	})
}

// bumped is a step as it is once it was written.
func bumped(s agency.Step) agency.Step {
	s.Version++
	return s
}
