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

// History lists what happened to an object, newest first.
func (d *Desk) History(ref string, limit int) ([]AuditLine, error) {
	if err := d.authorize(SeeRecords); err != nil {
		return nil, err
	}
	return d.tx.AuditOf(ref, limit)
}
