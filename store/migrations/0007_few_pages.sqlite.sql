-- A press waits until each page that it changed is on the disk, and reads a page for each step down a tree. SQLite keeps the
-- primary key of an ordinary table in a tree of its own, beside the rows. An INTEGER PRIMARY KEY, or a table WITHOUT ROWID, is
-- one tree: a page less to write, and rows of one object stand side by side. PostgreSQL knows neither. Only one process serves
-- a SQLite database, so no version before goes on beside this one.

-- +goose Up

CREATE TABLE counters_rows (
  name TEXT PRIMARY KEY,
  value BIGINT NOT NULL
) WITHOUT ROWID;
INSERT INTO counters_rows (name, value)
  SELECT name, value FROM counters;
DROP TABLE counters;
ALTER TABLE counters_rows RENAME TO counters;

CREATE TABLE identities_rows (
  platform TEXT NOT NULL,
  workspace TEXT NOT NULL,
  user_id TEXT NOT NULL,
  member BIGINT NOT NULL REFERENCES members (id),
  created_at BIGINT NOT NULL,
  PRIMARY KEY (platform, workspace, user_id)
) WITHOUT ROWID;
INSERT INTO identities_rows (platform, workspace, user_id, member, created_at)
  SELECT platform, workspace, user_id, member, created_at FROM identities;
DROP TABLE identities;
ALTER TABLE identities_rows RENAME TO identities;
CREATE INDEX identities_member ON identities (member);

CREATE TABLE member_roles_rows (
  member BIGINT NOT NULL REFERENCES members (id),
  role TEXT NOT NULL,
  granted_at BIGINT NOT NULL,
  PRIMARY KEY (member, role)
) WITHOUT ROWID;
INSERT INTO member_roles_rows (member, role, granted_at)
  SELECT member, role, granted_at FROM member_roles;
DROP TABLE member_roles;
ALTER TABLE member_roles_rows RENAME TO member_roles;

CREATE TABLE seller_steps_rows (
  seller BIGINT NOT NULL REFERENCES sellers (id),
  code TEXT NOT NULL,
  position BIGINT NOT NULL,
  stage TEXT NOT NULL,
  title TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  assignee BIGINT NOT NULL,
  due TEXT NOT NULL,
  done_at BIGINT NOT NULL,
  done_by BIGINT NOT NULL,
  version BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (seller, code)
) WITHOUT ROWID;
INSERT INTO seller_steps_rows (seller, code, position, stage, title, state, reason, assignee, due, done_at, done_by, version)
  SELECT seller, code, position, stage, title, state, reason, assignee, due, done_at, done_by, version FROM seller_steps;
DROP TABLE seller_steps;
ALTER TABLE seller_steps_rows RENAME TO seller_steps;
CREATE INDEX seller_steps_due ON seller_steps (due) WHERE state <> 'done';

CREATE TABLE audit_rows (
  id INTEGER PRIMARY KEY,
  at BIGINT NOT NULL,
  member BIGINT NOT NULL,
  action TEXT NOT NULL,
  ref TEXT NOT NULL,
  detail TEXT NOT NULL
);
INSERT INTO audit_rows (id, at, member, action, ref, detail)
  SELECT id, at, member, action, ref, detail FROM audit;
DROP TABLE audit;
ALTER TABLE audit_rows RENAME TO audit;
CREATE INDEX audit_ref ON audit (ref, id);

-- What is old is found beside the writer, see PressesBefore; an index for it would be written by every press.
CREATE TABLE presses_rows (
  press_key TEXT PRIMARY KEY,
  deed TEXT NOT NULL DEFAULT '',
  platform TEXT NOT NULL,
  workspace TEXT NOT NULL,
  user_id TEXT NOT NULL,
  command TEXT NOT NULL,
  at BIGINT NOT NULL,
  answer TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO presses_rows (press_key, deed, platform, workspace, user_id, command, at, answer)
  SELECT press_key, deed, platform, workspace, user_id, command, at, answer FROM presses;
DROP TABLE presses;
ALTER TABLE presses_rows RENAME TO presses;
CREATE UNIQUE INDEX presses_deed ON presses (deed) WHERE deed <> '';

CREATE TABLE cards_rows (
  platform TEXT NOT NULL,
  workspace TEXT NOT NULL,
  channel TEXT NOT NULL,
  kind TEXT NOT NULL,
  ref TEXT NOT NULL,
  message_id TEXT NOT NULL,
  PRIMARY KEY (kind, ref, platform, workspace, channel)
) WITHOUT ROWID;
INSERT INTO cards_rows (platform, workspace, channel, kind, ref, message_id)
  SELECT platform, workspace, channel, kind, ref, message_id FROM cards;
DROP TABLE cards;
ALTER TABLE cards_rows RENAME TO cards;
CREATE INDEX cards_message ON cards (message_id);

CREATE TABLE outbox_rows (
  id INTEGER PRIMARY KEY,
  platform TEXT NOT NULL,
  workspace TEXT NOT NULL,
  channel TEXT NOT NULL,
  kind TEXT NOT NULL,
  ref TEXT NOT NULL,
  mode TEXT NOT NULL,
  thread TEXT NOT NULL,
  note_key TEXT NOT NULL,
  at BIGINT NOT NULL,
  state TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  claimed_by TEXT NOT NULL,
  claimed_at BIGINT NOT NULL,
  message_id TEXT NOT NULL,
  trouble TEXT NOT NULL,
  tries BIGINT NOT NULL DEFAULT 0,
  unknown_at BIGINT NOT NULL DEFAULT 0,
  repeated BOOLEAN NOT NULL DEFAULT FALSE,
  code TEXT NOT NULL DEFAULT '',
  ended_at BIGINT NOT NULL DEFAULT 0
);
INSERT INTO outbox_rows (id, platform, workspace, channel, kind, ref, mode, thread, note_key, at, state, attempts, due_at, claimed_by, claimed_at, message_id, trouble, tries, unknown_at, repeated, code, ended_at)
  SELECT id, platform, workspace, channel, kind, ref, mode, thread, note_key, at, state, attempts, due_at, claimed_by, claimed_at, message_id, trouble, tries, unknown_at, repeated, code, ended_at FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_rows RENAME TO outbox;
CREATE INDEX outbox_waiting ON outbox (platform, workspace, channel, id) WHERE state IN ('waiting', 'sending');
CREATE UNIQUE INDEX outbox_one_card ON outbox (platform, workspace, channel, kind, ref) WHERE mode = 'card' AND state = 'waiting';
CREATE UNIQUE INDEX outbox_one_note ON outbox (note_key) WHERE note_key <> '';
CREATE INDEX outbox_parked ON outbox (id) WHERE state = 'parked';
CREATE INDEX outbox_repeated ON outbox (id) WHERE repeated;
CREATE INDEX outbox_claimed ON outbox (claimed_at) WHERE state = 'sending';
CREATE INDEX outbox_message ON outbox (message_id) WHERE message_id <> '';
CREATE INDEX outbox_object ON outbox (kind, ref) WHERE state IN ('waiting', 'sending');
