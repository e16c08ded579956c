-- +goose Up
-- What is to be indexed next: written in the act's transaction, taken by platform/search in batches.
-- tokens NULL means: remove.
CREATE TABLE search_pending (
  kind TEXT COLLATE "C" NOT NULL,
  record_id TEXT COLLATE "C" NOT NULL,
  tokens TEXT,
  rev BIGINT NOT NULL,
  queued_at BIGINT NOT NULL,
  PRIMARY KEY (kind, record_id)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
CREATE INDEX search_pending_order ON search_pending (queued_at);

CREATE SEQUENCE search_doc_seq;
CREATE TABLE search_doc (
  seq BIGINT PRIMARY KEY,
  kind TEXT COLLATE "C" NOT NULL,
  record_id TEXT COLLATE "C" NOT NULL,
  tokens TSVECTOR NOT NULL
);
CREATE UNIQUE INDEX search_doc_record ON search_doc (kind, record_id);
-- New entries go to the pending list, which every query reads; platform/search empties it in the
-- transaction that filled it, twice as fast as entry by entry. The limit keeps others from doing it midway.
CREATE INDEX search_doc_tokens ON search_doc USING gin (tokens) WITH (fastupdate = on, gin_pending_list_limit = 65536);
