package agency

import (
	"fmt"
	"slices"
)

// reviewed finds an application that waits for a decision, for somebody who may decide it. Nobody decides their own.
func (d *Desk) reviewed(id ApplicationID) (Application, error) {
	if err := d.authorize(ReviewApplication); err != nil {
		return Application{}, err
	}
	a, err := d.tx.Application(id)
	if err != nil {
		return Application{}, err
	}
	me, err := d.self()
	if err != nil {
		return Application{}, err
	}
	if a.Living() {
		if a.Member == me.ID {
			return Application{}, Forbidden("%s is your own application. Somebody else must decide it.", a.ID)
		}
		return a, nil
	}
	by, err := d.tx.Member(a.DecidedBy)
	if err != nil {
		return Application{}, err
	}
	return Application{}, Stale("%s was %s already by %s %s ago.", a.ID, a.State, by.Name, Span(d.Time.Sub(a.DecidedAt)))
}

// ReviewableApplication finds an application that the actor may decide, before they are asked for words.
func (d *Desk) ReviewableApplication(id ApplicationID) (Application, error) { return d.reviewed(id) }

// AskApplicant asks an applicant for more; the application waits for their answer.
func (d *Desk) AskApplicant(id ApplicationID, question string) (Application, error) {
	a, err := d.reviewed(id)
	if err != nil {
		return Application{}, err
	}
	if a.Question, err = wholeText("question", question, 500); err != nil {
		return Application{}, err
	}
	a.State, a.Answer = ApplicationAsked, ""
	if a, err = d.saveApplication(a, "creator ask", a.Question); err != nil {
		return Application{}, err
	}
	return a, d.tellApplicant(a, "asked")
}

// DeclineApplication ends an application with a reason, which the applicant reads.
func (d *Desk) DeclineApplication(id ApplicationID, reason string) (Application, error) {
	a, err := d.reviewed(id)
	if err != nil {
		return Application{}, err
	}
	if a.Reason, err = wholeText("reason", reason, 500); err != nil {
		return Application{}, err
	}
	a.State, a.DecidedBy, a.DecidedAt = ApplicationDeclined, d.Actor.Member.ID, d.Time
	if a, err = d.saveApplication(a, "creator decline", a.Reason); err != nil {
		return Application{}, err
	}
	return a, d.tellApplicant(a, "declined")
}

// ConfirmHandle records that the application's code stood in the handle's TikTok bio when the actor looked.
func (d *Desk) ConfirmHandle(id ApplicationID) (Application, error) {
	a, err := d.reviewed(id)
	if err != nil {
		return Application{}, err
	}
	if a.Proof == BioProof {
		return Application{}, Conflict("The handle of %s is confirmed already.", a.ID)
	}
	a.Proof = BioProof
	return d.saveApplication(a, "creator confirm", "the code "+a.Code+" stands in the bio of @"+a.Handle)
}

// ApproveApplication makes the applicant one of the agency's creators: the handle becomes theirs (a creator who is on file
// with it is bound, not recorded again), they get the role of a creator and what belongs to it on their platform. When
// nobody confirmed the code in the bio, the approval itself is the confirmation, and is recorded as such.
func (d *Desk) ApproveApplication(id ApplicationID) (Application, Creator, error) {
	a, err := d.reviewed(id)
	if err != nil {
		return Application{}, Creator{}, err
	}
	me := d.Actor.Member.ID
	if a.Proof == NoProof {
		a.Proof = ManagerProof
	}
	c, err := d.bindCreator(a, me)
	if err != nil {
		return Application{}, Creator{}, err
	}
	if err := d.grantOutside(a.Member, CreatorRole); err != nil {
		return Application{}, Creator{}, err
	}
	a.State, a.Creator, a.DecidedBy, a.DecidedAt = ApplicationApproved, c.ID, me, d.Time
	if a, err = d.saveApplication(a, "creator approve", fmt.Sprintf("%s %s, handle confirmed by: %s", c.ID, atHandle(c), a.Proof)); err != nil {
		return Application{}, Creator{}, err
	}
	if err := d.audit("creator bind", c.ID.String(), fmt.Sprintf("to %s by %s, handle confirmed by: %s", memberRef(a.Member), a.ID, a.Proof)); err != nil {
		return Application{}, Creator{}, err
	}
	return a, c, d.tellApplicant(a, "approved")
}

// bindCreator makes an application's handle its applicant's.
func (d *Desk) bindCreator(a Application, by MemberID) (Creator, error) {
	if other, ok, err := d.tx.CreatorOf(a.Member); err != nil || ok {
		return Creator{}, orConflict(err, "They are %s %s already; one person has one handle.", other.ID, atHandle(other))
	}
	c, known, err := d.tx.CreatorByHandle(a.Handle)
	if err != nil {
		return Creator{}, err
	}
	switch {
	case known && c.Member != 0:
		return Creator{}, Conflict("%s %s is somebody else's by now. Decline %s, or free the handle with `/creator release %s`.", c.ID, atHandle(c), a.ID, c.ID)
	case known && c.State == CreatorBlocked:
		return Creator{}, Conflict("%s %s is on file as blocked. Decline %s, or let them in again with a file of creators first.", c.ID, atHandle(c), a.ID)
	case !known:
		c = newCreator(a.Handle, d.Time)
	}
	c.Region, c.Language = firstText(c.Region, a.Region), firstText(c.Language, a.Language)
	c.Categories, c.Formats = firstText(c.Categories, a.Categories), firstText(c.Formats, a.Formats)
	if c.Followers == 0 {
		c.Followers = a.Followers
	}
	c.Member, c.Proof, c.BoundBy, c.BoundAt = a.Member, a.Proof, by, d.Time
	if c.Former == c.Member { // they are back
		c.Former, c.FormerUntil = 0, 0
	}
	if known {
		err = d.tx.UpdateCreator(c)
		c.Version++
		return c, err
	}
	c.ID, err = d.tx.InsertCreator(c)
	return c, err
}

// ReleaseCreator frees a handle from the person it is bound to: they are a creator no longer, and the handle can be bound
// anew. The record of the creator stays. The person is told, without the reason, which is for the audit.
func (d *Desk) ReleaseCreator(id CreatorID, reason string) (Creator, error) {
	if err := d.authorize(ReviewApplication); err != nil {
		return Creator{}, err
	}
	c, err := d.tx.Creator(id)
	if err != nil {
		return Creator{}, err
	}
	if c.Member == 0 {
		return Creator{}, Conflict("Nobody is bound to %s %s.", c.ID, atHandle(c))
	}
	if reason, err = wholeText("reason", reason, 300); err != nil {
		return Creator{}, err
	}
	gone := c.Member
	c.Member, c.Proof, c.BoundBy, c.BoundAt = 0, NoProof, 0, 0
	c.Former, c.FormerUntil = gone, d.Time
	if err := d.tx.UpdateCreator(c); err != nil {
		return Creator{}, err
	}
	c.Version++
	if err := d.revokeOutside(gone, CreatorRole); err != nil {
		return Creator{}, err
	}
	if err := d.partWith(c, gone); err != nil {
		return Creator{}, err
	}
	if _, err := d.tell(notice{To: gone, On: Discord, Out: Outgoing{Kind: CreatorReleased, Ref: c.ID.String()}}); err != nil {
		return Creator{}, err
	}
	return c, d.audit("creator release", c.ID.String(), "from "+memberRef(gone)+": "+reason)
}

// partWith ends what was under way between the desk and a person as a creator: offers go back to staff, questions are
// closed, and the cards with them are edited no more, since what comes is about somebody else.
func (d *Desk) partWith(c Creator, gone MemberID) error {
	matches, err := d.tx.MatchesOfCreator(c.ID)
	if err != nil {
		return err
	}
	for _, m := range matches {
		if m.State != MatchApproved || m.OfferedAt == 0 || m.Answer != "" {
			continue
		}
		detail, err := d.matchDetails([]Match{m})
		if err != nil {
			return err
		}
		if err := d.expireOffer(detail[0]); err != nil {
			return err
		}
	}
	cases, _, err := d.tx.FindCases(CaseFilter{States: LivingCases, Creator: c.ID})
	if err != nil {
		return err
	}
	for _, k := range cases {
		if k.Source != AskedSource {
			continue
		}
		k.State, k.ResolvedBy, k.ResolvedAt, k.Resolution = CaseResolved, d.Actor.Member.ID, d.Time, "the handle was released"
		if err := d.tx.UpdateCase(k); err != nil {
			return err
		}
		if err := d.redrawCard(CaseCard, k.ID.String()); err != nil {
			return err
		}
	}
	accounts, err := d.tx.Identities(gone)
	for _, who := range accounts {
		if err == nil {
			err = d.tx.ForgetCards(personal(who), OfferCard, CreatorCase, CaseNoteSaid)
		}
	}
	return err
}

// grantOutside gives a person a role that comes with a record, and what belongs to it under each of their accounts.
func (d *Desk) grantOutside(id MemberID, role Role) error {
	m, err := d.tx.Member(id)
	if err != nil {
		return err
	}
	if !slices.Contains(m.Roles, role) {
		if err := d.tx.InsertRole(id, role, d.Time); err != nil {
			return err
		}
	}
	return d.giveAccess(id, role, true)
}

// revokeOutside takes such a role away.
func (d *Desk) revokeOutside(id MemberID, role Role) error {
	if err := d.tx.DeleteRole(id, role); err != nil {
		return err
	}
	return d.giveAccess(id, role, false)
}
