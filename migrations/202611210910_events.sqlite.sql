-- +goose Up
-- The outbox and change feed. SQLite has one writer, so seq rises in the order of commits.
CREATE TABLE events_event (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  txid INTEGER NOT NULL DEFAULT 0,
  id TEXT NOT NULL,
  topic TEXT NOT NULL,
  record_kind TEXT NOT NULL,
  record_id TEXT NOT NULL,
  brand_id TEXT,
  outlet_path TEXT,
  origin TEXT NOT NULL,
  actor TEXT NOT NULL,
  occurred_at INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX events_event_record ON events_event (record_kind, record_id, seq);

CREATE TABLE events_cursor (
  name TEXT PRIMARY KEY,
  txid INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  owner TEXT,
  lease_until INTEGER NOT NULL
) STRICT;

CREATE TABLE events_retry (
  subscriber TEXT NOT NULL,
  event_seq INTEGER NOT NULL,
  event_recorded_at INTEGER NOT NULL,
  topic TEXT NOT NULL,
  record_kind TEXT NOT NULL,
  record_id TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  next_at INTEGER,
  dead_at INTEGER,
  error TEXT NOT NULL,
  PRIMARY KEY (subscriber, event_seq)
) STRICT;
CREATE INDEX events_retry_due ON events_retry (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX events_retry_dead ON events_retry (dead_at, event_seq) WHERE dead_at IS NOT NULL;
