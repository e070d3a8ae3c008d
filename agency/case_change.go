package agency

import (
	"strings"
	"unicode/utf8"
)

// AcknowledgeCase says that somebody has seen an open case and deals with it; it is no longer nagged about. A case that
// nobody owns becomes theirs.
func (d *Desk) AcknowledgeCase(id CaseID) (Case, error) {
	return d.changeCase(id, "acknowledge", func(c *Case, me Member) (string, error) {
		switch c.State {
		case CaseAcknowledged:
			return "", d.caseConflict("%s acknowledged %s already.", c.AckedBy, c.ID)
		case CaseResolved:
			return "", d.caseOver(*c)
		case CaseOpen:
		}
		c.State, c.AckedBy, c.AckedAt = CaseAcknowledged, me.ID, d.Time
		if c.Owner == 0 {
			c.Owner = me.ID
		}
		return "", nil
	})
}

// AssignCase makes somebody the owner of a case that is not over. They must be able to handle cases.
func (d *Desk) AssignCase(id CaseID, owner MemberID) (Case, error) {
	return d.changeCase(id, "assign", func(c *Case, _ Member) (string, error) {
		switch {
		case c.State == CaseResolved:
			return "", d.caseOver(*c)
		case c.Owner == owner:
			return "", d.caseConflict("%s has %s already.", owner, c.ID)
		}
		m, err := d.checkCaseOwner(owner)
		c.Owner = owner
		return "to " + m.Name, err
	})
}

// ResolveCase ends a case, saying what was done.
func (d *Desk) ResolveCase(id CaseID, resolution string) (Case, error) {
	resolution = strings.TrimSpace(resolution)
	return d.changeCase(id, "resolve", func(c *Case, me Member) (string, error) {
		switch {
		case c.State == CaseResolved:
			return "", d.caseConflict("%s resolved %s already: “%s”", c.ResolvedBy, c.ID, c.Resolution)
		case resolution == "":
			return "", Field("resolution", "Say what was done, so that the next one knows.")
		case utf8.RuneCountInString(resolution) > 500:
			return "", Field("resolution", "Keep what was done under 500 characters.")
		}
		c.State, c.ResolvedBy, c.ResolvedAt, c.Resolution = CaseResolved, me.ID, d.Time, resolution
		return resolution, nil
	})
}

// ReopenCase opens a resolved case again, or takes an acknowledgement back. Reminders start again from now on.
func (d *Desk) ReopenCase(id CaseID, reason string) (Case, error) {
	reason = strings.TrimSpace(reason)
	return d.changeCase(id, "reopen", func(c *Case, _ Member) (string, error) {
		switch {
		case c.State == CaseOpen:
			return "", Conflict("%s is open already.", c.ID)
		case utf8.RuneCountInString(reason) > 500:
			return "", Invalid("Keep the reason under 500 characters.")
		}
		c.State, c.AckedBy, c.AckedAt, c.ResolvedBy, c.ResolvedAt, c.Resolution = CaseOpen, 0, 0, 0, 0, ""
		c.Since = d.Time
		return reason, nil
	})
}

// DateCase sets the deadline of a case that is not over, as the notice says it; it is no longer a guess.
func (d *Desk) DateCase(id CaseID, deadline Instant) (Case, error) {
	return d.changeCase(id, "due", func(c *Case, _ Member) (string, error) {
		switch {
		case c.State == CaseResolved:
			return "", d.caseOver(*c)
		case c.Deadline == deadline && !c.Guessed:
			return "", Conflict("That is the deadline of %s already.", c.ID)
		}
		c.Deadline, c.Guessed, c.Since = deadline, false, d.Time
		return deadline.Time().Format("2006-01-02 15:04 UTC"), d.checkDeadline(deadline)
	})
}

// CaseToHandle finds a case that the actor may handle and that is not over, before they write about it.
func (d *Desk) CaseToHandle(id CaseID) (Case, error) {
	if err := d.authorize(HandleCase); err != nil {
		return Case{}, err
	}
	c, err := d.tx.Case(id)
	if err != nil {
		return Case{}, err
	}
	if c.State == CaseResolved {
		return Case{}, d.caseOver(c)
	}
	return c, d.notAboutMe(c, d.Actor.Member)
}

// changeCase is what every change of a case has in common: who may, the newest state, every copy of the card, the owner
// and the audit. change decides and gives the audit's detail.
func (d *Desk) changeCase(id CaseID, deed string, change func(c *Case, me Member) (detail string, err error)) (Case, error) {
	if err := d.authorize(HandleCase); err != nil {
		return Case{}, err
	}
	c, err := d.tx.Case(id)
	if err != nil {
		return Case{}, err
	}
	me, err := d.self()
	if err != nil {
		return Case{}, err
	}
	if err := d.notAboutMe(c, me); err != nil {
		return Case{}, err
	}
	over := c.State == CaseResolved
	detail, err := change(&c, me)
	if err != nil {
		return Case{}, err
	}
	if err := d.tx.UpdateCase(c); err != nil {
		return Case{}, err
	}
	if over != (c.State == CaseResolved) {
		if err := d.redrawNotes(id); err != nil {
			return Case{}, err
		}
	}
	c.Version++
	if err := d.redrawCard(CaseCard, id.String()); err != nil {
		return Case{}, err
	}
	if err := d.redrawCard(CreatorCase, id.String()); err != nil {
		return Case{}, err
	}
	if err := d.tellOwner(c, deed); err != nil {
		return Case{}, err
	}
	return c, d.audit("case "+deed, id.String(), detail)
}

// notAboutMe refuses who is the creator that a case is about: somebody else handles it.
func (d *Desk) notAboutMe(c Case, me Member) error {
	if c.Creator == 0 || me.ID == 0 {
		return nil
	}
	who, err := d.tx.Creator(c.Creator)
	if err == nil && who.Member == me.ID {
		err = Forbidden("%s is about you. Somebody else must handle it.", c.ID)
	}
	return err
}

// caseConflict refuses, naming who was faster.
func (d *Desk) caseConflict(format string, who MemberID, args ...any) error {
	name := "The desk"
	if who != 0 {
		m, err := d.tx.Member(who)
		if err != nil {
			return err
		}
		name = m.Name
	}
	return Conflict(format, append([]any{name}, args...)...)
}

// caseOver refuses to change a resolved case.
func (d *Desk) caseOver(c Case) error {
	return d.caseConflict("%s resolved %s already. Reopen it with `/case reopen %s` if it is not over.", c.ResolvedBy, c.ID, c.ID)
}

// ShowCase posts (or edits) the card of a case in a channel.
func (d *Desk) ShowCase(id CaseID, to Address) error {
	if err := d.authorize(SeeRecords); err != nil {
		return err
	}
	if _, err := d.tx.Case(id); err != nil {
		return err
	}
	return d.showCard(CaseCard, id.String(), to)
}
