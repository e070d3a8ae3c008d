-- +goose Up

-- Whoever changes what a card shows looks whether a copy of it is held until somebody's quiet hours end.
CREATE INDEX held_notices_card ON held_notices (kind, ref) WHERE mode = 'card';
