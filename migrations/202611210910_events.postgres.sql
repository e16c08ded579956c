-- +goose Up
-- The outbox and change feed, partitioned by month so that closed years detach. The feed is read in
-- the order (txid, seq) and only below pg_snapshot_xmin: a transaction that commits late is never skipped.
CREATE SEQUENCE events_event_seq CACHE 32;
CREATE TABLE events_event (
  seq BIGINT NOT NULL DEFAULT nextval('events_event_seq'),
  txid BIGINT NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
  id TEXT COLLATE "C" NOT NULL,
  topic TEXT COLLATE "C" NOT NULL,
  record_kind TEXT COLLATE "C" NOT NULL,
  record_id TEXT COLLATE "C" NOT NULL,
  brand_id TEXT COLLATE "C",
  outlet_path TEXT COLLATE "C",
  origin TEXT COLLATE "C" NOT NULL,
  actor TEXT COLLATE "C" NOT NULL,
  occurred_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (recorded_at, seq)
) PARTITION BY RANGE (recorded_at);
CREATE TABLE events_event_rest PARTITION OF events_event DEFAULT;
CREATE INDEX events_event_feed ON events_event (txid, seq);
CREATE INDEX events_event_record ON events_event (record_kind, record_id, seq);

CREATE TABLE events_cursor (
  name TEXT COLLATE "C" PRIMARY KEY,
  txid BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  owner TEXT COLLATE "C",
  lease_until BIGINT NOT NULL
);

CREATE TABLE events_retry (
  subscriber TEXT COLLATE "C" NOT NULL,
  event_seq BIGINT NOT NULL,
  event_recorded_at BIGINT NOT NULL,
  topic TEXT COLLATE "C" NOT NULL,
  record_kind TEXT COLLATE "C" NOT NULL,
  record_id TEXT COLLATE "C" NOT NULL,
  attempts BIGINT NOT NULL,
  next_at BIGINT,
  dead_at BIGINT,
  error TEXT NOT NULL,
  PRIMARY KEY (subscriber, event_seq)
);
CREATE INDEX events_retry_due ON events_retry (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX events_retry_dead ON events_retry (dead_at, event_seq) WHERE dead_at IS NOT NULL;
