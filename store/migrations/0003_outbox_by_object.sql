-- +goose Up
-- Every change of an object asks where its card waits to be drawn; without this the answer takes longer the more waits.
CREATE INDEX outbox_object ON outbox (kind, ref) WHERE state IN ('waiting', 'sending');
