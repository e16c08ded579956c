-- +goose Up
CREATE TABLE entitlement_assessment (
  id {{key}} PRIMARY KEY,
  unit_id {{key}} NOT NULL REFERENCES units_unit (id),
  brand_id {{key}} NOT NULL,
  case_ref {{key}} NOT NULL,
  state {{key}} NOT NULL,
  question {{json}} NOT NULL,
  decision {{json}} NOT NULL,
  changes {{json}} NOT NULL,
  overrides {{json}} NOT NULL,
  packs {{key}} NOT NULL,
  chosen {{key}} NOT NULL,
  decided_on {{key}} NOT NULL,
  next_on {{key}} NOT NULL,
  created_by {{key}} NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
){{strict}};
CREATE UNIQUE INDEX entitlement_assessment_one ON entitlement_assessment (unit_id, case_ref) WHERE state = 'open';
CREATE INDEX entitlement_assessment_unit ON entitlement_assessment (unit_id, created_at DESC, id DESC);
CREATE INDEX entitlement_assessment_next ON entitlement_assessment (next_on) WHERE state = 'open' AND next_on <> '';
CREATE INDEX entitlement_assessment_packs ON entitlement_assessment (packs) WHERE state = 'open';
CREATE INDEX entitlement_assessment_case ON entitlement_assessment (case_ref, created_at) WHERE case_ref <> '';
