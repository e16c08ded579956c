-- +goose Up
-- A run brings the rows of one file into one target. actor is who asked for it, with what he might do and
-- see then. Codes, ids and counts only; what the cells held stays in the sealed file.
CREATE TABLE imports_run (
  id {{key}} PRIMARY KEY,
  target {{key}} NOT NULL,
  state {{key}} NOT NULL,
  dry {{bool}} NOT NULL,
  origin {{key}} NOT NULL,
  file_id {{key}} NOT NULL,
  mapping TEXT NOT NULL,
  actor TEXT NOT NULL,
  created_by {{key}} NOT NULL,
  outlet_path {{key}} NOT NULL,
  task_id {{key}},
  total BIGINT NOT NULL,
  next_row BIGINT NOT NULL,
  made BIGINT NOT NULL,
  changed BIGINT NOT NULL,
  same BIGINT NOT NULL,
  failed BIGINT NOT NULL,
  undone BIGINT NOT NULL,
  kept BIGINT NOT NULL,
  error {{key}},
  error_params TEXT,
  created_at BIGINT NOT NULL,
  started_at BIGINT,
  ended_at BIGINT,
  version BIGINT NOT NULL
){{strict}};
CREATE INDEX imports_run_recent ON imports_run (created_at, id);
CREATE INDEX imports_run_file ON imports_run (file_id);

-- What became of each row, written with the row's record. seq is where the record's audit trail stood then:
-- an undo refuses a record whose trail went on. before holds the values that an update replaced, sealed.
CREATE TABLE imports_row (
  run_id {{key}} NOT NULL REFERENCES imports_run (id),
  row_no BIGINT NOT NULL,
  action {{key}} NOT NULL,
  record_kind {{key}},
  record_id {{key}},
  seq BIGINT NOT NULL,
  before_sealed {{bytes}},
  undone_at BIGINT,
  PRIMARY KEY (run_id, row_no)
){{strict}};
CREATE INDEX imports_row_record ON imports_row (record_kind, record_id) WHERE record_id IS NOT NULL;

-- Why rows were refused: where and what, never the value. phase is "run" or "undo".
CREATE TABLE imports_error (
  run_id {{key}} NOT NULL REFERENCES imports_run (id),
  phase {{key}} NOT NULL,
  row_no BIGINT NOT NULL,
  position BIGINT NOT NULL,
  field {{key}} NOT NULL,
  heading TEXT NOT NULL,
  code {{key}} NOT NULL,
  params TEXT,
  record_kind {{key}},
  record_id {{key}},
  PRIMARY KEY (run_id, phase, row_no, position)
){{strict}};

CREATE TABLE imports_mapping (
  id {{key}} PRIMARY KEY,
  target {{key}} NOT NULL,
  name TEXT NOT NULL,
  body TEXT NOT NULL,
  created_by {{key}} NOT NULL,
  outlet_path {{key}} NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
){{strict}};
CREATE UNIQUE INDEX imports_mapping_name ON imports_mapping (outlet_path, target, name);
