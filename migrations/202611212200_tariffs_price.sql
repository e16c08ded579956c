-- +goose Up
-- One row is one price of a list; an empty brand, service type, category or item speaks of all.
CREATE TABLE tariffs_price (
  id {{key}} PRIMARY KEY,
  list {{key}} NOT NULL,
  kind {{key}} NOT NULL,
  brand_id {{key}} NOT NULL,
  service_type {{key}} NOT NULL,
  category {{key}} NOT NULL,
  item {{key}} NOT NULL,
  minor BIGINT NOT NULL,
  currency {{key}} NOT NULL,
  free_metres BIGINT NOT NULL,
  round_up {{bool}} NOT NULL,
  factor {{key}} NOT NULL,
  valid_from {{key}} NOT NULL,
  valid_to {{key}} NOT NULL,
  source {{key}} NOT NULL,
  active {{bool}} NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
){{strict}};
CREATE INDEX tariffs_price_kind ON tariffs_price (kind, valid_to);
