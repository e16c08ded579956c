-- +goose Up
CREATE TABLE audit_entry (
  id TEXT NOT NULL,
  txid INTEGER NOT NULL DEFAULT 0,
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  record_kind TEXT NOT NULL,
  record_id TEXT NOT NULL,
  record_seq INTEGER NOT NULL,
  act TEXT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  origin TEXT NOT NULL,
  request_id TEXT NOT NULL,
  reason TEXT NOT NULL,
  before TEXT,
  after TEXT,
  occurred_at INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  hash BLOB NOT NULL
) STRICT;
CREATE INDEX audit_entry_record ON audit_entry (record_kind, record_id, record_seq);
CREATE INDEX audit_entry_actor ON audit_entry (actor_id, recorded_at);

-- The newest link of each record's chain.
CREATE TABLE audit_head (
  record_kind TEXT NOT NULL,
  record_id TEXT NOT NULL,
  record_seq INTEGER NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (record_kind, record_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_checkpoint (
  seq INTEGER PRIMARY KEY,
  upto_txid INTEGER NOT NULL,
  upto_seq INTEGER NOT NULL,
  entries INTEGER NOT NULL,
  hash BLOB NOT NULL,
  made_at INTEGER NOT NULL
) STRICT;
