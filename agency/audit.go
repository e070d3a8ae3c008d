package agency

// AuditLine says who did what to which object, and when. Lines are only ever added.
type AuditLine struct {
	At     Instant
	Member MemberID // zero: the desk itself
	Action string   // the command's name: "seller onboard"
	Ref    string   // the object: "S-12"
	Detail string
}

// auditTx is what the audit needs of the store.
type auditTx interface {
	InsertAudit(AuditLine) error
	// AuditOf lists what happened to an object, newest first, at most limit lines.
	AuditOf(ref string, limit int) ([]AuditLine, error)
}

// audit records what the actor does, in the transaction that does it.
func (d *Desk) audit(action, ref, detail string) error {
	m, err := d.self()
	if err != nil {
		return err
	}
	return d.tx.InsertAudit(AuditLine{At: d.Time, Member: m.ID, Action: action, Ref: ref, Detail: detail})
}

// Untouched reports whether nothing has happened to an object since the actor changed it at an instant. moves says which lines of
// the audit count; nil: all. An object of which the audit knows nothing is untouched.
func (d *Desk) Untouched(ref string, since Instant, moves func(AuditLine) bool) (bool, error) {
	lines, err := d.tx.AuditOf(ref, MostRecent)
	for _, l := range lines {
		if moves == nil || moves(l) {
			return l.At == since && l.Member == d.Actor.Member.ID, err
		}
	}
	return true, err
}

// MostRecent is how far back the audit of an object is read for what happened to it last.
const MostRecent = 20

// History lists what happened to an object, newest first.
func (d *Desk) History(ref string, limit int) ([]AuditLine, error) {
	if err := d.authorize(SeeRecords); err != nil {
		return nil, err
	}
	return d.tx.AuditOf(ref, limit)
}
