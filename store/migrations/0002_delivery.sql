-- Delivery and interactions under fire. Every column has a default, so that a desk of the version before this one goes on
-- beside a newer one.

-- +goose Up

-- What was not heard of, what was said again, what the platform's own word was, and when it ended.
ALTER TABLE outbox ADD COLUMN tries BIGINT NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN unknown_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN repeated BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE outbox ADD COLUMN code TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN ended_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX outbox_parked ON outbox (id) WHERE state = 'parked';
CREATE INDEX outbox_repeated ON outbox (id) WHERE repeated;
CREATE INDEX outbox_claimed ON outbox (claimed_at) WHERE state = 'sending';

-- Whose thread it is in which somebody answers.
CREATE INDEX cards_message ON cards (message_id);
CREATE INDEX outbox_message ON outbox (message_id) WHERE message_id <> '';

-- The second key of an interaction: the person, the action, the object and its version.
ALTER TABLE presses ADD COLUMN deed TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX presses_deed ON presses (deed) WHERE deed <> '';

-- A step's own version, so that a change of one step does not make the buttons of the others old.
ALTER TABLE seller_steps ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
