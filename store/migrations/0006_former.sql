-- +goose Up

-- Who had a handle before it was released, and until when: what is older is not for whoever has it now.
ALTER TABLE creators ADD COLUMN former BIGINT NOT NULL DEFAULT 0;
ALTER TABLE creators ADD COLUMN former_until BIGINT NOT NULL DEFAULT 0;

-- What became of a message to the desk that nobody has sent on yet: its newest words, or that it was taken back.
CREATE TABLE said_changes (
  platform TEXT NOT NULL,
  workspace TEXT NOT NULL,
  channel TEXT NOT NULL,
  message_id TEXT NOT NULL,
  text TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (platform, workspace, channel, message_id)
);
