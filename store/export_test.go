package store

import "context"

// WriteUnheeded runs statements in a writing transaction, past all that notices when one fails.
func (s *Store) WriteUnheeded(ctx context.Context, statements ...string) error {
	return s.inTx(ctx, func(t *tx) error {
		for _, text := range statements {
			_, _ = t.sql.ExecContext(t.ctx, text)
		}
		return nil
	})
}
