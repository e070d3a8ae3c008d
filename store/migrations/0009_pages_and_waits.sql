-- +goose Up
-- Of a long message: how many pages of its thread are out. And what a platform asked to wait beyond the instant at which the
-- row is due, in milliseconds.
ALTER TABLE outbox ADD COLUMN pages BIGINT NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN wait_more BIGINT NOT NULL DEFAULT 0;
