package agency

import "slices"

// RoleAccess is the kind of an outgoing grant. Its reference says what: "give creator", "take creator".
const RoleAccess = "role-access"

// giveAccess lets every platform of a person give them, or take from them, what belongs to a role there.
func (d *Desk) giveAccess(id MemberID, role Role, give bool) error {
	accounts, err := d.tx.Identities(id)
	if err != nil {
		return err
	}
	for _, who := range accounts {
		if err := d.access(who, role, give); err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) access(who Identity, role Role, give bool) error {
	verb := "give "
	if !give {
		verb = "take "
	}
	return d.tx.Enqueue(Outgoing{To: personal(who), Kind: RoleAccess, Ref: verb + string(role), Mode: Grant, At: d.Time})
}

// HasAccess reports whether what belongs to a role should be an account's now: its person holds the role and, as a creator, is
// not blocked.
func (d *Desk) HasAccess(who Identity, role Role) (bool, error) {
	m, known, err := d.tx.MemberByIdentity(who)
	if err != nil || !known || !slices.Contains(m.Roles, role) {
		return false, err
	}
	if role != CreatorRole {
		return true, nil
	}
	c, ok, err := d.tx.CreatorOf(m.ID)
	return ok && c.State != CreatorBlocked, err
}

// RenewAccess lets the platforms of a creator's person give again what belongs to the role there: somebody who left a server
// and came back has lost it, and what belongs to the role may have changed.
func (d *Desk) RenewAccess(id CreatorID) (Creator, error) {
	if err := d.authorize(ReviewApplication); err != nil {
		return Creator{}, err
	}
	c, err := d.tx.Creator(id)
	if err != nil {
		return Creator{}, err
	}
	switch {
	case c.Member == 0:
		return Creator{}, Conflict("Nobody is bound to %s %s.", c.ID, atHandle(c))
	case c.State == CreatorBlocked:
		return Creator{}, Conflict("%s %s is blocked. Let them in again with a file of creators first.", c.ID, atHandle(c))
	}
	if err := d.giveAccess(c.Member, CreatorRole, true); err != nil {
		return Creator{}, err
	}
	return c, d.audit("creator access", c.ID.String(), "given again to "+memberRef(c.Member))
}

// mostCreators is more than any agency has.
const mostCreators = 100_000

// RenewAccessOfAll does so for every creator who has a person and is not blocked, and says how many there are.
func (d *Desk) RenewAccessOfAll() (n int, err error) {
	if err := d.authorize(ReviewApplication); err != nil {
		return 0, err
	}
	bound, _, err := d.tx.FindCreators(CreatorFilter{Bound: "yes", Limit: mostCreators})
	if err != nil {
		return 0, err
	}
	for _, c := range bound {
		if c.State == CreatorBlocked {
			continue
		}
		n++
		if err := d.giveAccess(c.Member, CreatorRole, true); err != nil {
			return 0, err
		}
	}
	return n, d.audit("creator access", "creators", "given again to "+Count(int64(n), "creator"))
}
