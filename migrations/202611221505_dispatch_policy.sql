-- +goose Up
-- What planning weighs, for a brand; '' is for every brand that has none of its own.
CREATE TABLE dispatch_policy (
  brand_id {{key}} PRIMARY KEY,
  near_hours BIGINT NOT NULL,
  rush BIGINT NOT NULL,
  margin_minutes BIGINT NOT NULL,
  margin_price BIGINT NOT NULL,
  visit_minutes BIGINT NOT NULL,
  share_price BIGINT NOT NULL,
  shares {{json}} NOT NULL,
  updated_by {{key}} NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
){{strict}};
