-- When a channel's last message went out, so that whoever posts the next keeps the platform's pace. Only senders write it, and
-- only their writes touch the index.

-- +goose Up
ALTER TABLE outbox ADD COLUMN posted_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX outbox_posted ON outbox (platform, workspace, channel, posted_at) WHERE posted_at > 0;
