-- What is old is found beside the writers, see PressesBefore; an index for it would be written by every press.

-- +goose Up
DROP INDEX presses_at;
