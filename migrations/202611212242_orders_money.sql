-- +goose Up
CREATE TABLE orders_part (
  id {{key}} PRIMARY KEY,
  order_id {{key}} NOT NULL REFERENCES orders_order (id),
  visit_id {{key}} REFERENCES orders_visit (id),
  part_id {{key}} NOT NULL REFERENCES parts_part (id),
  place_id {{key}} NOT NULL,
  quantity BIGINT NOT NULL,
  state {{key}} NOT NULL,
  reservation {{key}},
  old_part {{key}},
  old_serial {{key}},
  new_serial {{key}},
  short {{bool}} NOT NULL,
  occurred_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL
){{strict}};
CREATE INDEX orders_part_order ON orders_part (order_id, occurred_at);

CREATE TABLE orders_quote (
  id {{key}} PRIMARY KEY,
  order_id {{key}} NOT NULL REFERENCES orders_order (id),
  revision BIGINT NOT NULL,
  state {{key}} NOT NULL,
  lines TEXT NOT NULL,
  currency {{key}} NOT NULL,
  total BIGINT NOT NULL,
  customer_total BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  sent_at BIGINT,
  answered_at BIGINT,
  answered_by {{key}},
  reason {{key}},
  created_at BIGINT NOT NULL,
  version BIGINT NOT NULL
){{strict}};
CREATE UNIQUE INDEX orders_quote_revision ON orders_quote (order_id, revision);
CREATE INDEX orders_quote_open ON orders_quote (expires_at) WHERE state = 'sent';

CREATE TABLE orders_charge (
  id {{key}} PRIMARY KEY,
  order_id {{key}} NOT NULL REFERENCES orders_order (id),
  visit_id {{key}} REFERENCES orders_visit (id),
  quote_id {{key}} REFERENCES orders_quote (id),
  kind {{key}} NOT NULL,
  part_id {{key}} REFERENCES parts_part (id),
  action {{key}},
  quantity {{key}} NOT NULL,
  amount BIGINT NOT NULL,
  currency {{key}} NOT NULL,
  payer {{key}} NOT NULL,
  source {{key}} NOT NULL,
  coverage_id {{key}},
  why TEXT NOT NULL,
  state {{key}} NOT NULL,
  brand_id {{key}} NOT NULL,
  outlet_path {{key}} NOT NULL,
  reason {{key}},
  raised_at BIGINT NOT NULL,
  version BIGINT NOT NULL
){{strict}};
CREATE INDEX orders_charge_order ON orders_charge (order_id, raised_at);
CREATE INDEX orders_charge_held ON orders_charge (raised_at, id) WHERE state = 'held';

CREATE TABLE orders_collection (
  id {{key}} PRIMARY KEY,
  order_id {{key}} NOT NULL REFERENCES orders_order (id),
  amount BIGINT NOT NULL,
  currency {{key}} NOT NULL,
  method {{key}} NOT NULL,
  reference_sealed {{bytes}},
  taken_by {{key}} NOT NULL,
  brand_id {{key}} NOT NULL,
  outlet_path {{key}} NOT NULL,
  reason {{key}},
  occurred_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL
){{strict}};
CREATE INDEX orders_collection_order ON orders_collection (order_id, occurred_at);
