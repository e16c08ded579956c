-- +goose Up
-- The trail of a span of time, newest first; PostgreSQL has it as the primary key.
CREATE INDEX audit_entry_recorded ON audit_entry (recorded_at, seq);
