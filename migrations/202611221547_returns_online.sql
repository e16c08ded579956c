-- +goose Up
-- An account at a payment provider that is asked over the network; its keys are sealed.
CREATE TABLE returns_account (
  id {{key}} PRIMARY KEY,
  kind {{key}} NOT NULL,
  brand_id {{key}} NOT NULL,
  name TEXT NOT NULL,
  settings_sealed {{bytes}} NOT NULL,
  active {{bool}} NOT NULL,
  verified_at BIGINT,
  verified_by {{key}} NOT NULL,
  created_by {{key}} NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
){{strict}};
-- One account of a kind for a brand; brand_id is empty for all others.
CREATE UNIQUE INDEX returns_account_kind ON returns_account (kind, brand_id);

-- When such a provider is asked next what became of a try, and how often it was.
ALTER TABLE returns_payment ADD COLUMN provider {{key}} NOT NULL DEFAULT '';
ALTER TABLE returns_payment ADD COLUMN asks BIGINT NOT NULL DEFAULT 0;
ALTER TABLE returns_payment ADD COLUMN ask_at BIGINT;
CREATE INDEX returns_payment_ask ON returns_payment (ask_at) WHERE ask_at IS NOT NULL;
