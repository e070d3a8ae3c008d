package handlers_test

import (
	"slices"
	"testing"

	"liaison/agency"
	"liaison/handlers"
)

// TestOutsidersMayDoNothingElse holds every command against what people outside the agency may do. A new command is denied
// to them until it is written down here.
func TestOutsidersMayDoNothingElse(t *testing.T) {
	t.Parallel()
	anybody := []string{"help", "whoami", "link", "link-confirm", "creator apply", "creator reply", "notices", "case-thread", "case-message", "case-notice", "desk-message"} // what is said in threads is looked at when it is said
	for role, more := range map[agency.Role][]string{
		"":                   nil,
		agency.CreatorRole:   {"me", "earnings", "offer accept", "offer decline", "offer ask", "ask", "case reply", "case close"},
		agency.SellerContact: {"shop"},
	} {
		actor := agency.Actor{Member: agency.Member{ID: 1, Roles: []agency.Role{role}}}
		for _, c := range handlers.All() {
			want := slices.Contains(anybody, c.Name) || slices.Contains(more, c.Name)
			if got := actor.May(c.Right); got != want {
				t.Errorf("the role %q may /%s: %v, want %v", role, c.Name, got, want)
			}
		}
	}
}

// TestStaffAreNoOutsiders: what is a creator's or a seller's own is nobody's by a role at the agency.
func TestStaffAreNoOutsiders(t *testing.T) {
	t.Parallel()
	for _, r := range agency.Roles {
		actor := agency.Actor{Member: agency.Member{ID: 1, Roles: []agency.Role{r.Role}}}
		for _, right := range []agency.Right{agency.SeeOwnRecord, agency.SeeOwnShop} {
			if actor.May(right) {
				t.Errorf("the role %s may %s", r.Role, right)
			}
		}
		if _, err := agency.ParseRole(string(agency.CreatorRole)); err == nil {
			t.Error("the role of a creator can be granted by word, without a record")
		}
	}
}
