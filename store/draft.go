package store

import (
	"context"

	"liaison/agency"
)

// KeepDraft keeps data under a key until the instant; what was there before is replaced.
func (s *Store) KeepDraft(ctx context.Context, key, data string, until agency.Instant) error {
	return s.inTx(ctx, func(t *tx) error {
		_, err := t.exec(`INSERT INTO drafts (draft_key, data, kept_until) VALUES (?, ?, ?)
			ON CONFLICT (draft_key) DO UPDATE SET data = excluded.data, kept_until = excluded.kept_until`, key, data, until)
		return err
	})
}

// Draft gives what is kept under a key; false when there is nothing, or no longer.
func (s *Store) Draft(ctx context.Context, key string, now agency.Instant) (data string, ok bool, err error) {
	err = s.translate(s.look(ctx, func(t *tx) error {
		var err error
		ok, err = t.one(&data, `SELECT data FROM drafts WHERE draft_key = ? AND kept_until > ?`, key, now)
		return err
	}))
	return data, ok && err == nil, err
}

// ForgetDrafts takes away what is no longer kept.
func (s *Store) ForgetDrafts(ctx context.Context, now agency.Instant) error {
	return s.inTx(ctx, func(t *tx) error {
		_, err := t.exec(`DELETE FROM drafts WHERE kept_until <= ?`, now)
		return err
	})
}
