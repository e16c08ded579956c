-- +goose Up
-- What somebody else owes us for goods that came back: the supplier, the carrier, the maker, the platform.
CREATE TABLE returns_claim (
  id {{key}} PRIMARY KEY,
  return_id {{key}} NOT NULL REFERENCES returns_return (id),
  brand_id {{key}} NOT NULL,
  outlet_path {{key}} NOT NULL,
  against {{key}} NOT NULL,
  name TEXT NOT NULL,
  lines {{json}} NOT NULL,
  state {{key}} NOT NULL,
  amount BIGINT NOT NULL CHECK (amount > 0),
  accepted BIGINT NOT NULL CHECK (accepted >= 0 AND accepted <= amount),
  currency {{key}} NOT NULL,
  reason {{key}} NOT NULL,
  reference {{key}} NOT NULL,
  opened_by {{key}} NOT NULL,
  opened_at BIGINT NOT NULL,
  sent_at BIGINT,
  answered_at BIGINT,
  paid_at BIGINT,
  version BIGINT NOT NULL
){{strict}};
CREATE INDEX returns_claim_return ON returns_claim (return_id, opened_at);
CREATE INDEX returns_claim_recent ON returns_claim (opened_at, id);
-- One open claim against one counterparty for one return.
CREATE UNIQUE INDEX returns_claim_once ON returns_claim (return_id, against, name) WHERE state <> 'refused';
