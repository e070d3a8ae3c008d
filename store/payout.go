package store

import (
	"liaison/agency"
	"liaison/agency/money"
)

const runColumns = `id, state, currency, cutoff, total_minor AS "total.minor", currency AS "total.currency", payees, lines, held, hash, needs,
	needs_why, figures_at, source, prepared_by, prepared_at, decided_by, decided_at, reason, version`

// PayoutRun finds a payout run.
func (t *tx) PayoutRun(id agency.PayoutID) (agency.PayoutRun, error) {
	var r agency.PayoutRun
	return r, t.find(&r, "payout run "+id.String(), `SELECT `+runColumns+` FROM payout_runs WHERE id = ?`, id)
}

// PayoutRunsIn lists the runs of a state, oldest first.
func (t *tx) PayoutRunsIn(state agency.PayoutState, limit int) ([]agency.PayoutRun, error) {
	var list []agency.PayoutRun
	err := t.all(&list, `SELECT `+runColumns+` FROM payout_runs WHERE state = ? ORDER BY id LIMIT ?`, state, limit)
	return list, err
}

// PayoutRuns lists runs, newest first, and counts all.
func (t *tx) PayoutRuns(limit, offset int) ([]agency.PayoutRun, int, error) {
	var total int
	if _, err := t.one(&total, `SELECT count(*) FROM payout_runs`); err != nil {
		return nil, 0, err
	}
	var list []agency.PayoutRun
	err := t.all(&list, `SELECT `+runColumns+` FROM payout_runs ORDER BY id DESC LIMIT ? OFFSET ?`, limit, offset)
	return list, total, err
}

// PayoutRunsBy lists the living runs of a maker in a currency since an instant, oldest first.
func (t *tx) PayoutRunsBy(maker agency.MemberID, currency money.Currency, since agency.Instant) ([]agency.PayoutRun, error) {
	var list []agency.PayoutRun
	err := t.all(&list, `SELECT `+runColumns+` FROM payout_runs WHERE prepared_by = ? AND currency = ? AND prepared_at >= ? AND state IN (?, ?)
		ORDER BY id`, maker, currency, since, agency.PayoutPending, agency.PayoutApproved)
	return list, err
}

const payoutLineColumns = `l.run, l.line, l.creator, l.share, l.commission_minor AS "commission.minor", l.currency AS "commission.currency",
	l.agency_minor AS "agency.minor", l.currency AS "agency.currency", l.payable_minor AS "payable.minor", l.currency AS "payable.currency", l.held`

// PayoutLines lists the lines of a run, held ones included.
func (t *tx) PayoutLines(id agency.PayoutID) ([]agency.PayoutLine, error) {
	var list []agency.PayoutLine
	err := t.all(&list, `SELECT `+payoutLineColumns+` FROM payout_lines l WHERE l.run = ? ORDER BY l.line`, id)
	return list, err
}

// PayoutPayees sums what a run pays per creator, the most first.
func (t *tx) PayoutPayees(id agency.PayoutID) ([]agency.PayeeSum, error) {
	var list []agency.PayeeSum
	err := t.all(&list, `SELECT l.creator, c.handle, count(*) AS lines,
		CAST(sum(l.commission_minor) AS BIGINT) AS "commission.minor", l.currency AS "commission.currency",
		CAST(sum(l.agency_minor) AS BIGINT) AS "agency.minor", l.currency AS "agency.currency",
		CAST(sum(l.payable_minor) AS BIGINT) AS "payable.minor", l.currency AS "payable.currency"
		FROM payout_lines l JOIN creators c ON c.id = l.creator WHERE l.run = ? AND l.held = ''
		GROUP BY l.creator, c.handle, l.currency ORDER BY sum(l.payable_minor) DESC, l.creator`, id)
	return list, err
}

// PayoutHeld sums what a run holds back per creator and set of reasons.
func (t *tx) PayoutHeld(id agency.PayoutID) ([]agency.HeldSum, error) {
	var list []agency.HeldSum
	err := t.all(&list, `SELECT creator, held, count(*) AS lines, CAST(sum(payable_minor) AS BIGINT) AS "payable.minor", currency AS "payable.currency"
		FROM payout_lines WHERE run = ? AND held <> '' GROUP BY creator, held, currency ORDER BY creator, held`, id)
	return list, err
}

// PayoutDetails lists lines of a run with their orders, of one creator or all: paid ones first, by creator.
func (t *tx) PayoutDetails(id agency.PayoutID, creator agency.CreatorID, limit, offset int) ([]agency.PayoutDetail, int, error) {
	condition, args := `l.run = ?`, []any{id}
	if creator != 0 {
		condition, args = condition+` AND l.creator = ?`, append(args, creator)
	}
	var total int
	if _, err := t.one(&total, `SELECT count(*) FROM payout_lines l WHERE `+condition, args...); err != nil {
		return nil, 0, err
	}
	var list []agency.PayoutDetail
	err := t.all(&list, `SELECT `+payoutLineColumns+`, c.handle, o.order_no, o.sku FROM payout_lines l
		JOIN creators c ON c.id = l.creator JOIN order_lines o ON o.id = l.line WHERE `+condition+`
		ORDER BY CASE WHEN l.held = '' THEN 0 ELSE 1 END, l.creator, l.line LIMIT ? OFFSET ?`, append(args, limit, offset)...)
	return list, total, err
}

// PayoutApprovals lists the approvals of a run, oldest first.
func (t *tx) PayoutApprovals(id agency.PayoutID) ([]agency.PayoutApproval, error) {
	var list []agency.PayoutApproval
	err := t.all(&list, `SELECT run, member, hash, at FROM payout_approvals WHERE run = ? ORDER BY at, member`, id)
	return list, err
}

// Payees finds what decides whether creators are paid, in a currency.
func (t *tx) Payees(ids []agency.CreatorID, currency money.Currency) (map[agency.CreatorID]agency.Payee, error) {
	found := map[agency.CreatorID]agency.Payee{}
	for len(ids) > 0 {
		n := min(len(ids), maxVariables/2)
		if err := t.somePayees(ids[:n], currency, found); err != nil {
			return nil, err
		}
		ids = ids[n:]
	}
	return found, nil
}

// somePayees adds what one statement can ask for. The account's name is made here as in agency.CreatorAccount.
func (t *tx) somePayees(ids []agency.CreatorID, currency money.Currency, found map[agency.CreatorID]agency.Payee) error {
	args := []any{currency, agency.PayoutPending, currency, agency.CaseResolved, agency.Critical, agency.High}
	for _, id := range ids {
		args = append(args, id)
	}
	var list []agency.Payee
	err := t.all(&list, `SELECT c.id, c.handle, c.state, c.health, c.tax_form, c.payout_ready,
		COALESCE((SELECT CAST(-sum(e.minor) AS BIGINT) FROM entries e WHERE e.account = 'creator:' || CAST(c.id AS TEXT) AND e.currency = ?), 0) AS owed,
		COALESCE((SELECT CAST(sum(l.payable_minor) AS BIGINT) FROM payout_lines l JOIN payout_runs r ON r.id = l.run
			WHERE r.state = ? AND l.creator = c.id AND l.currency = ? AND l.held = ''), 0) AS promised,
		COALESCE((SELECT min(v.id) FROM cases v WHERE v.creator = c.id AND v.state <> ? AND v.severity IN (?, ?)), 0) AS "case"
		FROM creators c WHERE c.id IN `+among(len(ids)), args...)
	for _, p := range list {
		found[p.ID] = p
	}
	return err
}

// TakenLines lists the order lines that a run has taken, as they are now.
func (t *tx) TakenLines(id agency.PayoutID) ([]agency.OrderLine, error) {
	var list []agency.OrderLine
	err := t.all(&list, `SELECT `+orderLineColumns+` FROM order_lines WHERE run = ?
		AND id IN (SELECT line FROM payout_lines WHERE run = ? AND held = '') ORDER BY id`, id, id)
	return list, err
}

// InsertPayoutRun adds a run with its lines and takes the order lines of those that are not held. A line is taken by one
// living run: when another has it, nothing is kept.
func (t *tx) InsertPayoutRun(r agency.PayoutRun, lines []agency.PayoutLine) (agency.PayoutID, error) {
	n, err := t.next("payout")
	if err != nil {
		return 0, err
	}
	id := agency.PayoutID(n)
	row := append(runRow(r), cols{{"id", id}, {"currency", r.Currency}, {"cutoff", r.Cutoff}, {"total_minor", r.Total.Minor}, {"payees", r.Payees},
		{"lines", r.Lines}, {"held", r.Held}, {"hash", r.Hash}, {"needs", r.Needs}, {"needs_why", r.NeedsWhy}, {"figures_at", r.FiguresAt},
		{"source", r.Source}, {"prepared_by", r.PreparedBy}, {"prepared_at", r.PreparedAt}, {"version", r.Version}}...)
	if err := t.insert("payout_runs", row); err != nil {
		return 0, err
	}
	rows := make([]cols, len(lines))
	for i, l := range lines {
		rows[i] = cols{{"run", id}, {"line", l.Line}, {"creator", l.Creator}, {"share", l.Share}, {"commission_minor", l.Commission.Minor},
			{"agency_minor", l.Agency.Minor}, {"payable_minor", l.Payable.Minor}, {"currency", l.Payable.Currency}, {"held", l.Held}}
	}
	if err := t.insertMany("payout_lines", rows); err != nil {
		return 0, err
	}
	taken, err := t.exec(`UPDATE order_lines SET run = ? WHERE run = 0 AND state = ?
		AND id IN (SELECT line FROM payout_lines WHERE run = ? AND held = '')`, id, agency.LineSettled, id)
	if err == nil && taken != r.Lines {
		return 0, agency.Conflict("Another run has just taken some of these lines. Prepare it again.")
	}
	return id, err
}

// runRow is what of a run may change: its content is frozen when it is inserted.
func runRow(r agency.PayoutRun) cols {
	return cols{{"state", r.State}, {"decided_by", r.DecidedBy}, {"decided_at", r.DecidedAt}, {"reason", r.Reason}}
}

// UpdatePayoutRun writes where a run stands and raises its version; Stale when it has moved on.
func (t *tx) UpdatePayoutRun(r agency.PayoutRun) error {
	return t.updateVersion("payout_runs", runRow(r), int64(r.ID), r.Version)
}

// InsertPayoutApproval adds an approval; Conflict when the member has given it.
func (t *tx) InsertPayoutApproval(a agency.PayoutApproval) error {
	return t.insert("payout_approvals", cols{{"run", a.Run}, {"member", a.Member}, {"hash", a.Hash}, {"at", a.At}})
}

// FreePayoutLines gives the order lines of a run back to the next one.
func (t *tx) FreePayoutLines(id agency.PayoutID) error {
	_, err := t.exec(`UPDATE order_lines SET run = 0 WHERE run = ? AND id IN (SELECT line FROM payout_lines WHERE run = ?)`, id, id)
	return err
}

// BoundPayees lists the creators whom a run pays and behind whom there is a person.
func (t *tx) BoundPayees(id agency.PayoutID) ([]agency.Creator, error) {
	var list []agency.Creator
	err := t.all(&list, `SELECT `+creatorColumns+` FROM creators WHERE member <> 0
		AND id IN (SELECT creator FROM payout_lines WHERE run = ? AND held = '') ORDER BY id`, id)
	return list, err
}
