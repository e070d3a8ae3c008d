package store

import "liaison/agency"

// DecidedBetween counts the decisions of a span of time.
func (t *tx) DecidedBetween(from, until agency.Instant) (agency.Decided, error) {
	var d agency.Decided
	_, err := t.one(&d, `SELECT
		(SELECT count(*) FROM matches WHERE state = ? AND decided_at >= ? AND decided_at < ?) AS matches,
		(SELECT count(*) FROM payout_runs WHERE state = ? AND decided_at >= ? AND decided_at < ?) AS runs`,
		agency.MatchApproved, from, until, agency.PayoutApproved, from, until)
	return d, err
}

// StepsOf lists what somebody has to do.
func (t *tx) StepsOf(assignee agency.MemberID) ([]agency.Step, error) {
	var list []agency.Step
	err := t.all(&list, `SELECT `+stepColumns+` FROM seller_steps WHERE assignee = ? AND state <> ? ORDER BY due, seller, position`,
		assignee, agency.StepDone)
	return list, err
}
