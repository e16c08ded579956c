-- +goose Up
CREATE TABLE entitlement_plan (
  id {{key}} PRIMARY KEY,
  brand_id {{key}} NOT NULL,
  code {{key}} NOT NULL,
  name_zh TEXT NOT NULL,
  name_en TEXT NOT NULL,
  kind {{key}} NOT NULL,
  terms {{json}} NOT NULL,
  active {{bool}} NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
){{strict}};
CREATE UNIQUE INDEX entitlement_plan_code ON entitlement_plan (brand_id, code);

CREATE TABLE entitlement_contract (
  id {{key}} PRIMARY KEY,
  number {{key}} NOT NULL,
  plan_id {{key}} NOT NULL REFERENCES entitlement_plan (id),
  plan_version BIGINT NOT NULL,
  terms {{json}} NOT NULL,
  unit_id {{key}} NOT NULL REFERENCES units_unit (id),
  customer_id {{key}} NOT NULL,
  brand_id {{key}} NOT NULL,
  outlet_path {{key}} NOT NULL,
  state {{key}} NOT NULL,
  sold_on {{key}} NOT NULL,
  price BIGINT NOT NULL,
  currency {{key}} NOT NULL,
  starts_on {{key}} NOT NULL,
  ends_on {{key}} NOT NULL,
  used BIGINT NOT NULL,
  spent BIGINT NOT NULL,
  renews {{bool}} NOT NULL,
  told_at BIGINT,
  renewed_from {{key}} NOT NULL,
  renewed_to {{key}} NOT NULL,
  inspection {{json}} NOT NULL,
  paid {{json}} NOT NULL,
  ended {{json}} NOT NULL,
  next_on {{key}} NOT NULL,
  token_hash {{bytes}} NOT NULL,
  created_by {{key}} NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
){{strict}};
CREATE UNIQUE INDEX entitlement_contract_number ON entitlement_contract (number);
CREATE UNIQUE INDEX entitlement_contract_token ON entitlement_contract (token_hash);
CREATE UNIQUE INDEX entitlement_contract_successor ON entitlement_contract (renewed_from) WHERE renewed_from <> '' AND state <> 'cancelled';
CREATE INDEX entitlement_contract_unit ON entitlement_contract (unit_id, created_at DESC, id DESC);
CREATE INDEX entitlement_contract_recent ON entitlement_contract (created_at DESC, id DESC);
CREATE INDEX entitlement_contract_state ON entitlement_contract (state, created_at DESC, id DESC);
CREATE INDEX entitlement_contract_next ON entitlement_contract (next_on) WHERE next_on <> '';
CREATE INDEX entitlement_contract_ends ON entitlement_contract (ends_on) WHERE state = 'active';

CREATE TABLE entitlement_use (
  contract_id {{key}} NOT NULL REFERENCES entitlement_contract (id),
  ref {{key}} NOT NULL,
  job {{key}} NOT NULL,
  amount BIGINT NOT NULL,
  active {{bool}} NOT NULL,
  used_at BIGINT NOT NULL,
  PRIMARY KEY (contract_id, ref)
){{strict}};
CREATE INDEX entitlement_use_ref ON entitlement_use (ref);

ALTER TABLE entitlement_coverage ADD COLUMN contract_id {{key}} NOT NULL DEFAULT '';
CREATE INDEX entitlement_coverage_contract ON entitlement_coverage (contract_id) WHERE contract_id <> '';
