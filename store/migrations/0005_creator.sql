-- +goose Up
-- The creator's side of the desk: linked identities, applications, answers to offers, notes of cases, notices, contacts.

-- One-time codes that join two identities of a person. Only the hash of a code is kept.
CREATE TABLE link_codes (
  hash TEXT PRIMARY KEY,
  platform TEXT NOT NULL,
  workspace TEXT NOT NULL,
  user_id TEXT NOT NULL,
  made_at BIGINT NOT NULL,
  used_at BIGINT NOT NULL
);
CREATE INDEX link_codes_who ON link_codes (platform, workspace, user_id, made_at);
-- Codes that were wrong, by who typed them.
CREATE TABLE link_misses (
  id BIGINT PRIMARY KEY,
  platform TEXT NOT NULL,
  workspace TEXT NOT NULL,
  user_id TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX link_misses_who ON link_misses (platform, workspace, user_id, at);
-- A person who was recorded twice: every record of theirs is now the other member's, only the audit still names this one.
ALTER TABLE members ADD COLUMN joined_to BIGINT NOT NULL DEFAULT 0;

-- One handle, one person.
ALTER TABLE creators ADD COLUMN member BIGINT NOT NULL DEFAULT 0;
ALTER TABLE creators ADD COLUMN proof TEXT NOT NULL DEFAULT '';
ALTER TABLE creators ADD COLUMN bound_by BIGINT NOT NULL DEFAULT 0;
ALTER TABLE creators ADD COLUMN bound_at BIGINT NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX creators_member ON creators (member) WHERE member <> 0;

CREATE TABLE applications (
  id BIGINT PRIMARY KEY,
  member BIGINT NOT NULL REFERENCES members (id),
  handle TEXT NOT NULL,
  state TEXT NOT NULL,
  categories TEXT NOT NULL,
  region TEXT NOT NULL,
  language TEXT NOT NULL,
  followers BIGINT NOT NULL,
  formats TEXT NOT NULL,
  samples TEXT NOT NULL,
  code TEXT NOT NULL,         -- for the TikTok bio; not a secret
  proof TEXT NOT NULL,        -- how the handle was confirmed
  question TEXT NOT NULL,     -- what staff asked for last
  answer TEXT NOT NULL,       -- what the applicant answered last
  creator BIGINT NOT NULL,
  decided_by BIGINT NOT NULL,
  decided_at BIGINT NOT NULL,
  reason TEXT NOT NULL,
  applied_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE UNIQUE INDEX applications_open_handle ON applications (handle) WHERE state IN ('open', 'asked');
CREATE UNIQUE INDEX applications_open_member ON applications (member) WHERE state IN ('open', 'asked');
CREATE INDEX applications_member ON applications (member, id);

-- What the creator said to a match that staff approved.
ALTER TABLE matches ADD COLUMN offered_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE matches ADD COLUMN offered_by BIGINT NOT NULL DEFAULT 0;
ALTER TABLE matches ADD COLUMN answer TEXT NOT NULL DEFAULT '';
ALTER TABLE matches ADD COLUMN answered_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX matches_offered ON matches (offered_at) WHERE offered_at <> 0 AND answer = '';
CREATE INDEX matches_creator ON matches (creator, id);

CREATE INDEX order_lines_creator ON order_lines (creator, ordered_at);

-- What was said about a case between the desk and whom it concerns, in order. The message columns say which message of a
-- chat a note was written in; the message in which it was told is the outbox row of kind case-note.
CREATE TABLE case_notes (
  case_id BIGINT NOT NULL REFERENCES cases (id),
  position BIGINT NOT NULL,
  member BIGINT NOT NULL,
  side TEXT NOT NULL,
  text TEXT NOT NULL,
  at BIGINT NOT NULL,
  platform TEXT NOT NULL,
  workspace TEXT NOT NULL,
  channel TEXT NOT NULL,
  message_id TEXT NOT NULL,
  PRIMARY KEY (case_id, position)
);
CREATE INDEX case_notes_message ON case_notes (platform, workspace, channel, message_id) WHERE message_id <> '';

-- When and of what a person wants to be told.
CREATE TABLE notice_wishes (
  member BIGINT PRIMARY KEY REFERENCES members (id),
  muted TEXT NOT NULL,
  quiet_from BIGINT NOT NULL,
  quiet_until BIGINT NOT NULL,
  zone TEXT NOT NULL
);
-- Messages to people that wait for the end of their quiet hours, by the desk's clock; then they go to the outbox.
CREATE TABLE held_notices (
  id BIGINT PRIMARY KEY,
  platform TEXT NOT NULL,
  workspace TEXT NOT NULL,
  channel TEXT NOT NULL,
  kind TEXT NOT NULL,
  ref TEXT NOT NULL,
  mode TEXT NOT NULL,
  note_key TEXT NOT NULL,
  at BIGINT NOT NULL,
  due_at BIGINT NOT NULL
);
CREATE INDEX held_notices_due ON held_notices (due_at, id);

-- People of a seller who share a channel with the agency: they see their own shop and nothing else.
CREATE TABLE seller_contacts (
  member BIGINT PRIMARY KEY REFERENCES members (id),
  seller BIGINT NOT NULL REFERENCES sellers (id),
  added_at BIGINT NOT NULL
);
