package bot_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"liaison/agency"
	"liaison/store/storetest"
)

// TestAPressWhoseCommitIsUncertainIsSettled: whether the commit was carried out or not, the person gets the answer of a
// press that was carried out once.
func TestAPressWhoseCommitIsUncertainIsSettled(t *testing.T) {
	t.Parallel()
	for name, how := range map[string]int32{"the database never got it": storetest.BeforeCommit, "the database carried it out": storetest.AfterCommit} {
		for _, many := range []int32{1, 3} {
			t.Run(fmt.Sprintf("%s, %d times", name, many), func(t *testing.T) {
				t.Parallel()
				s, cut := storetest.CutPostgres(t)
				r, _ := router(t, s, onboard)
				r.Take(t.Context(), typed("k0", "seller onboard Before"))
				cut.Commits(how, many)
				reply := r.Take(context.Background(), typed("k1", "seller onboard Glow"))
				if reply.Message == nil || reply.Message.Summary != "S-2" || cut.Broken.Load() == 0 {
					t.Errorf("answered %+v after %d broken commits", reply, cut.Broken.Load())
				}
				if n := sellers(t, r); n != 2 {
					t.Errorf("there are %d sellers", n)
				}
				cut.Commits(how, 0)
				if again := r.Take(t.Context(), typed("k1", "seller onboard Glow")); again.Message == nil || again.Message.Summary != "S-2" {
					t.Errorf("a redelivery was answered %+v", again)
				}
			})
		}
	}
}

// TestAPressThatStaysUncertainSaysSo: when nothing can be asked any more, the person is not told that nothing was changed.
func TestAPressThatStaysUncertainSaysSo(t *testing.T) {
	t.Parallel()
	s, cut := storetest.CutPostgres(t)
	r, log := router(t, s, onboard)
	r.Take(t.Context(), typed("k0", "seller onboard Before"))
	cut.Commits(storetest.BeforeCommit, 1_000_000)
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	reply := r.Take(ctx, typed("k1", "seller onboard Glow"))
	const want = "The connection to the desk's records broke while this was being written. It is not certain whether it was; look at the card or the list before you do it again. (reference 7A3)"
	if reply.Message == nil || reply.Message.Summary != want || reply.Refused != agency.CodeUncertain {
		t.Errorf("answered %+v\n%s", reply.Message, log)
	}
}
