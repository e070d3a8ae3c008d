package bot

import (
	"context"
	"fmt"
	"strings"

	"liaison/agency"
)

// RoleGrant is what a role at the desk means on a platform: a role of the server, and the channels that it opens.
type RoleGrant struct {
	Who  agency.Identity
	Role agency.Role // agency.CreatorRole; which role of the server it is, the platform's settings say by id, never by name
	Give bool        // else take
}

// Granter is a platform on which people can be given what belongs to a role. Giving twice, and taking what is not there,
// are no errors. Its error is a *SendError where the platform answered. On a platform that is not one there is nothing to give.
type Granter interface {
	Grant(ctx context.Context, g RoleGrant) error
}

// grant carries out an outgoing grant: its reference is "give creator" or "take creator". What the records no longer say is
// not carried out: it may have been parked until the person held the role no more.
func grant(ctx context.Context, a *agency.Agency, p Platform, o agency.Outgoing) error {
	verb, role, ok := strings.Cut(o.Ref, " ")
	if !ok || verb != "give" && verb != "take" {
		return &SendError{Outcome: Refused, Code: "no_grant", Err: fmt.Errorf("%q says neither what to give nor to take", o.Ref)}
	}
	granter, able := p.(Granter)
	if !able {
		return nil
	}
	g := RoleGrant{Who: agency.Identity{Platform: o.To.Platform, Workspace: o.To.Workspace, User: o.To.Channel}, Role: agency.Role(role), Give: verb == "give"}
	held := false
	err := a.Look(ctx, agency.System, func(d *agency.Desk) (err error) {
		held, err = d.HasAccess(g.Who, g.Role)
		return err
	})
	if err != nil || held != g.Give {
		return err
	}
	return granter.Grant(ctx, g)
}
