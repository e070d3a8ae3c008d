-- +goose Up
-- What a chat platform has no room for: forms that are half filled in, questions to ask before a press counts. It is kept
-- until an instant and holds nothing that is decided.
CREATE TABLE drafts (
  draft_key TEXT PRIMARY KEY,
  data TEXT NOT NULL,
  kept_until BIGINT NOT NULL
);
CREATE INDEX drafts_until ON drafts (kept_until);
