-- +goose Up
CREATE TABLE entitlement_coverage (
  id {{key}} PRIMARY KEY,
  unit_id {{key}} NOT NULL REFERENCES units_unit (id),
  brand_id {{key}} NOT NULL,
  kind {{key}} NOT NULL,
  name {{key}} NOT NULL,
  lines TEXT NOT NULL,
  part_classes TEXT NOT NULL,
  payer {{key}} NOT NULL,
  share BIGINT NOT NULL,
  starts_on {{key}} NOT NULL,
  ends_on {{key}} NOT NULL,
  extends {{bool}} NOT NULL,
  source {{key}} NOT NULL,
  state {{key}} NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
){{strict}};
CREATE INDEX entitlement_coverage_unit ON entitlement_coverage (unit_id, ends_on);
