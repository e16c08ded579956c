-- +goose Up
CREATE TABLE ledger_entry (
  id {{key}} PRIMARY KEY,
  kind {{key}} NOT NULL,
  ref {{key}} NOT NULL,
  brand_id {{key}} NOT NULL,
  outlet_path {{key}} NOT NULL,
  reverses {{key}} UNIQUE REFERENCES ledger_entry (id),
  occurred_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL
){{strict}};
-- One fact is posted once: a handler that runs twice finds its entry here.
CREATE UNIQUE INDEX ledger_entry_once ON ledger_entry (kind, ref);
CREATE INDEX ledger_entry_recent ON ledger_entry (recorded_at, id);

CREATE TABLE ledger_line (
  entry_id {{key}} NOT NULL REFERENCES ledger_entry (id),
  position BIGINT NOT NULL,
  account {{key}} NOT NULL,
  minor BIGINT NOT NULL,
  currency {{key}} NOT NULL,
  occurred_at BIGINT NOT NULL,
  PRIMARY KEY (entry_id, position)
){{strict}};
CREATE INDEX ledger_line_account ON ledger_line (account, currency, occurred_at);
