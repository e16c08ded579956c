-- +goose Up
CREATE TABLE orders_visit (
  id {{key}} PRIMARY KEY,
  number {{key}} NOT NULL UNIQUE,
  state {{key}} NOT NULL,
  open {{bool}} NOT NULL,
  mode {{key}} NOT NULL,
  brand_id {{key}} NOT NULL REFERENCES catalog_brand (id),
  outlet_id {{key}} NOT NULL REFERENCES outlets_outlet (id),
  outlet_path {{key}} NOT NULL,
  start_at BIGINT NOT NULL,
  end_at BIGINT NOT NULL,
  day {{key}} NOT NULL,
  zone {{key}} NOT NULL,
  division {{key}},
  lat {{real}},
  lon {{real}},
  share {{bool}} NOT NULL,
  delayed_by BIGINT NOT NULL,
  distance {{real}},
  place_why TEXT NOT NULL,
  reason {{key}},
  blame {{key}},
  origin {{key}} NOT NULL,
  conflicts BIGINT NOT NULL,
  dispatch_at BIGINT,
  accepted_at BIGINT,
  departed_at BIGINT,
  arrived_at BIGINT,
  ended_at BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
){{strict}};
CREATE INDEX orders_visit_day ON orders_visit (outlet_path, start_at, id);
CREATE INDEX orders_visit_start ON orders_visit (start_at, id);

CREATE TABLE orders_visit_order (
  visit_id {{key}} NOT NULL REFERENCES orders_visit (id),
  order_id {{key}} NOT NULL REFERENCES orders_order (id),
  position BIGINT NOT NULL,
  outcome {{key}},
  reason {{key}},
  dropped_at BIGINT,
  PRIMARY KEY (visit_id, order_id)
){{strict}};
CREATE INDEX orders_visit_order_order ON orders_visit_order (order_id);

-- Who was taken off stays known: an act of his that comes late is a conflict, not a stranger's.
CREATE TABLE orders_visit_member (
  visit_id {{key}} NOT NULL REFERENCES orders_visit (id),
  engineer_id {{key}} NOT NULL REFERENCES workforce_staff (id),
  position BIGINT NOT NULL,
  start_at BIGINT NOT NULL,
  departed_at BIGINT,
  arrived_at BIGINT,
  left_at BIGINT,
  removed_at BIGINT,
  PRIMARY KEY (visit_id, engineer_id)
){{strict}};
CREATE INDEX orders_visit_member_engineer ON orders_visit_member (engineer_id, start_at);

-- Where a travelling engineer is, only with his consent; erased at arrival.
CREATE TABLE orders_position (
  visit_id {{key}} PRIMARY KEY REFERENCES orders_visit (id),
  lat {{real}} NOT NULL,
  lon {{real}} NOT NULL,
  occurred_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL
){{strict}};

CREATE TABLE orders_wish (
  id {{key}} PRIMARY KEY,
  order_id {{key}} NOT NULL REFERENCES orders_order (id),
  visit_id {{key}} REFERENCES orders_visit (id),
  brand_id {{key}} NOT NULL,
  outlet_path {{key}} NOT NULL,
  why {{key}} NOT NULL,
  reason {{key}},
  earliest_at BIGINT,
  skill {{key}},
  state {{key}} NOT NULL,
  met_by {{key}} REFERENCES orders_visit (id),
  raised_at BIGINT NOT NULL
){{strict}};
CREATE INDEX orders_wish_order ON orders_wish (order_id, raised_at);
CREATE INDEX orders_wish_open ON orders_wish (raised_at, id) WHERE state = 'open';

-- Field acts that came when the visit had moved on.
CREATE TABLE orders_conflict (
  id {{key}} PRIMARY KEY,
  visit_id {{key}} NOT NULL REFERENCES orders_visit (id),
  order_id {{key}} REFERENCES orders_order (id),
  act {{key}} NOT NULL,
  operation_id {{key}} NOT NULL,
  engineer_id {{key}},
  why {{key}} NOT NULL,
  visit_state {{key}} NOT NULL,
  order_state {{key}} NOT NULL,
  outcome {{key}} NOT NULL,
  brand_id {{key}} NOT NULL,
  outlet_path {{key}} NOT NULL,
  occurred_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL,
  closed_at BIGINT,
  closed_by {{key}},
  resolution {{key}}
){{strict}};
CREATE INDEX orders_conflict_open ON orders_conflict (recorded_at, id) WHERE closed_at IS NULL;
CREATE INDEX orders_conflict_visit ON orders_conflict (visit_id);

-- Proof. visit_id says on which trip it was made.
CREATE TABLE orders_answer (
  order_id {{key}} NOT NULL REFERENCES orders_order (id),
  item {{key}} NOT NULL,
  visit_id {{key}} REFERENCES orders_visit (id),
  checked {{bool}},
  number {{real}},
  text_sealed {{bytes}},
  finding {{bool}} NOT NULL,
  occurred_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL,
  PRIMARY KEY (order_id, item)
){{strict}};

CREATE TABLE orders_photo (
  file_id {{key}} PRIMARY KEY REFERENCES files_file (id),
  order_id {{key}} NOT NULL REFERENCES orders_order (id),
  visit_id {{key}} REFERENCES orders_visit (id),
  kind {{key}} NOT NULL,
  taken_at BIGINT,
  distance {{real}},
  reused {{bool}} NOT NULL,
  occurred_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL
){{strict}};
CREATE INDEX orders_photo_order ON orders_photo (order_id, kind);

CREATE TABLE orders_scan (
  id {{key}} PRIMARY KEY,
  order_id {{key}} NOT NULL REFERENCES orders_order (id),
  visit_id {{key}} REFERENCES orders_visit (id),
  serial {{key}} NOT NULL,
  result {{key}} NOT NULL,
  occurred_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL
){{strict}};
CREATE INDEX orders_scan_order ON orders_scan (order_id, occurred_at);
