-- +goose Up
CREATE SEQUENCE audit_entry_seq CACHE 32;
CREATE TABLE audit_entry (
  id TEXT COLLATE "C" NOT NULL,
  txid BIGINT NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
  seq BIGINT NOT NULL DEFAULT nextval('audit_entry_seq'),
  record_kind TEXT COLLATE "C" NOT NULL,
  record_id TEXT COLLATE "C" NOT NULL,
  record_seq BIGINT NOT NULL,
  act TEXT COLLATE "C" NOT NULL,
  actor_kind TEXT COLLATE "C" NOT NULL,
  actor_id TEXT COLLATE "C" NOT NULL,
  origin TEXT COLLATE "C" NOT NULL,
  request_id TEXT COLLATE "C" NOT NULL,
  reason TEXT COLLATE "C" NOT NULL,
  before TEXT,
  after TEXT,
  occurred_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL,
  hash BYTEA NOT NULL,
  PRIMARY KEY (recorded_at, seq)
) PARTITION BY RANGE (recorded_at);
CREATE TABLE audit_entry_rest PARTITION OF audit_entry DEFAULT;
CREATE INDEX audit_entry_feed ON audit_entry (txid, seq);
CREATE INDEX audit_entry_record ON audit_entry (record_kind, record_id, record_seq);
CREATE INDEX audit_entry_actor ON audit_entry (actor_id, recorded_at);

-- The newest link of each record's chain.
CREATE TABLE audit_head (
  record_kind TEXT COLLATE "C" NOT NULL,
  record_id TEXT COLLATE "C" NOT NULL,
  record_seq BIGINT NOT NULL,
  hash BYTEA NOT NULL,
  PRIMARY KEY (record_kind, record_id)
);

CREATE TABLE audit_checkpoint (
  seq BIGINT PRIMARY KEY,
  upto_txid BIGINT NOT NULL,
  upto_seq BIGINT NOT NULL,
  entries BIGINT NOT NULL,
  hash BYTEA NOT NULL,
  made_at BIGINT NOT NULL
);
