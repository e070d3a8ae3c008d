package agency_test

import (
	"strings"
	"testing"
	"time"

	"liaison/agency"
	"liaison/store"
	"liaison/store/storetest"
)

// TestWhoIsBlockedLosesWhatBelongsToCreators blocks a creator by a file, and lets them in again by the next.
func TestWhoIsBlockedLosesWhatBelongsToCreators(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		im := newImports(t, s)
		mia := agency.Identity{Platform: agency.Discord, Workspace: "G1", User: "mia"}
		var a agency.Application
		err := im.Do(t.Context(), mia, func(d *agency.Desk) (err error) {
			a, err = d.Apply(agency.NewApplication{Handle: "mia.glow", Region: "US", Language: "English", Categories: []string{"Beauty"}, Formats: []string{"video"},
				Samples: []string{"https://www.tiktok.com/@mia.glow"}, Agreed: true})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		check := func(when, grants string, has bool) {
			t.Helper()
			im.do(func(d *agency.Desk) error {
				got, err := d.HasAccess(mia, agency.CreatorRole)
				if got != has {
					t.Errorf("%s: access is %v", when, got)
				}
				return err
			})
			if got := strings.Join(grantsOf(t, s, im.now), ", "); got != grants {
				t.Errorf("%s: the platform is told %q, not %q", when, got, grants)
			}
		}
		check("applied", "", false)
		im.do(func(d *agency.Desk) error { _, _, err := d.ApproveApplication(a.ID); return err })
		check("approved", "give creator", true)
		file := func(state agency.CreatorState) agency.ImportFile {
			return agency.ImportFile{Kind: agency.CreatorFile, Creators: []agency.CreatorRow{{Line: 2, Handle: "mia.glow", State: state}}}
		}
		im.bring(file(agency.CreatorPaused), agency.ImportOptions{}, "0 1 0 0")
		check("paused", "", true)
		im.bring(file(agency.CreatorBlocked), agency.ImportOptions{}, "0 1 0 0")
		check("blocked", "take creator", false)
		im.bring(file(agency.CreatorActive), agency.ImportOptions{}, "0 1 0 0")
		check("let in again", "give creator", true)
	})
}

// grantsOf takes what waits out of the outbox and gives the grants among it.
func grantsOf(t *testing.T, s *store.Store, now time.Time) (refs []string) {
	t.Helper()
	for {
		list, err := s.ClaimOutgoing(t.Context(), "test", agency.InstantOf(now), 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			return refs
		}
		for _, d := range list {
			if d.Mode == agency.Grant {
				refs = append(refs, d.Ref)
			}
			if ours, err := s.OutgoingSent(t.Context(), d, "m", agency.InstantOf(now)); err != nil || !ours {
				t.Fatal(ours, err)
			}
		}
	}
}
