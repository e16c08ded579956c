-- +goose Up
-- What is to be indexed next: written in the act's transaction, taken by platform/search in batches.
-- tokens NULL means: remove.
CREATE TABLE search_pending (
  kind TEXT NOT NULL,
  record_id TEXT NOT NULL,
  tokens TEXT,
  rev INTEGER NOT NULL,
  queued_at INTEGER NOT NULL,
  PRIMARY KEY (kind, record_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX search_pending_order ON search_pending (queued_at);

CREATE TABLE search_doc (
  seq INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  record_id TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX search_doc_record ON search_doc (kind, record_id);

-- No text is kept, only which token stands in which document: rowid = search_doc.seq.
CREATE VIRTUAL TABLE search_fts USING fts5(tokens, content='', contentless_delete=1, detail=none,
  tokenize="ascii tokenchars '~^=>'");
