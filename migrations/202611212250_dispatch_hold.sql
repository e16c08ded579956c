-- +goose Up
-- A window offered to somebody on the phone, until it expires. engineer_id NULL: it counts on the outlet's
-- quota of the day.
CREATE TABLE dispatch_hold (
  id {{key}} PRIMARY KEY,
  order_id {{key}} NOT NULL REFERENCES orders_order (id),
  brand_id {{key}} NOT NULL,
  outlet_id {{key}} NOT NULL REFERENCES outlets_outlet (id),
  outlet_path {{key}} NOT NULL,
  engineer_id {{key}} REFERENCES workforce_staff (id),
  second_id {{key}} REFERENCES workforce_staff (id),
  service_type {{key}} NOT NULL,
  date {{key}} NOT NULL,
  from_at BIGINT NOT NULL,
  to_at BIGINT NOT NULL,
  start_at BIGINT NOT NULL,
  end_at BIGINT NOT NULL,
  lat {{real}},
  lon {{real}},
  state {{key}} NOT NULL,
  held_by {{key}} NOT NULL,
  expires_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL
){{strict}};
CREATE UNIQUE INDEX dispatch_hold_order ON dispatch_hold (order_id) WHERE state = 'held';
CREATE INDEX dispatch_hold_engineer ON dispatch_hold (date, engineer_id) WHERE state = 'held';
CREATE INDEX dispatch_hold_outlet ON dispatch_hold (outlet_id, date) WHERE state = 'held';
CREATE INDEX dispatch_hold_expiry ON dispatch_hold (expires_at) WHERE state = 'held';

-- Capacity kept for a promise, until a visit replaces it, the promise changes or the order ends.
CREATE TABLE dispatch_reservation (
  id {{key}} PRIMARY KEY,
  order_id {{key}} NOT NULL REFERENCES orders_order (id),
  promise_id {{key}} NOT NULL,
  brand_id {{key}} NOT NULL,
  outlet_id {{key}} NOT NULL REFERENCES outlets_outlet (id),
  outlet_path {{key}} NOT NULL,
  engineer_id {{key}} REFERENCES workforce_staff (id),
  second_id {{key}} REFERENCES workforce_staff (id),
  service_type {{key}} NOT NULL,
  date {{key}} NOT NULL,
  from_at BIGINT NOT NULL,
  to_at BIGINT NOT NULL,
  start_at BIGINT NOT NULL,
  end_at BIGINT NOT NULL,
  lat {{real}},
  lon {{real}},
  state {{key}} NOT NULL,
  why {{key}} NOT NULL,
  created_at BIGINT NOT NULL,
  ended_at BIGINT
){{strict}};
CREATE UNIQUE INDEX dispatch_reservation_order ON dispatch_reservation (order_id) WHERE state = 'alive';
CREATE INDEX dispatch_reservation_engineer ON dispatch_reservation (date, engineer_id) WHERE state = 'alive';
CREATE INDEX dispatch_reservation_outlet ON dispatch_reservation (outlet_id, date) WHERE state = 'alive';

-- The guard of an outlet's quota of a day.
CREATE TABLE dispatch_outlet_day (
  outlet_id {{key}} NOT NULL REFERENCES outlets_outlet (id),
  date {{key}} NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (outlet_id, date)
){{strict}};

-- What dispatch could not solve by itself: a person has to.
CREATE TABLE dispatch_alert (
  id {{key}} PRIMARY KEY,
  kind {{key}} NOT NULL,
  order_id {{key}} NOT NULL REFERENCES orders_order (id),
  brand_id {{key}} NOT NULL,
  outlet_path {{key}} NOT NULL,
  reasons {{json}} NOT NULL,
  raised_at BIGINT NOT NULL,
  closed_at BIGINT,
  closed_by {{key}},
  resolution {{key}},
  version BIGINT NOT NULL
){{strict}};
CREATE UNIQUE INDEX dispatch_alert_open ON dispatch_alert (order_id, kind) WHERE closed_at IS NULL;
CREATE INDEX dispatch_alert_queue ON dispatch_alert (raised_at, id) WHERE closed_at IS NULL;

-- Why somebody, or the program, decided as it did; operation ids make acts idempotent.
CREATE TABLE dispatch_decision (
  id {{key}} PRIMARY KEY,
  act {{key}} NOT NULL,
  order_id {{key}} NOT NULL REFERENCES orders_order (id),
  visit_id {{key}},
  operation_id {{key}},
  brand_id {{key}} NOT NULL,
  outlet_path {{key}} NOT NULL,
  actor {{key}} NOT NULL,
  reason {{key}} NOT NULL,
  overridden {{bool}} NOT NULL,
  inputs {{json}} NOT NULL,
  reasons {{json}} NOT NULL,
  decided_at BIGINT NOT NULL
){{strict}};
CREATE INDEX dispatch_decision_order ON dispatch_decision (order_id, decided_at);
CREATE UNIQUE INDEX dispatch_decision_operation ON dispatch_decision (order_id, act, operation_id) WHERE operation_id IS NOT NULL;

-- A day's plan: a draft until it is published.
CREATE TABLE dispatch_plan (
  id {{key}} PRIMARY KEY,
  task_id {{key}} NOT NULL,
  state {{key}} NOT NULL,
  outlet_path {{key}} NOT NULL,
  brands {{key}} NOT NULL,
  date {{key}} NOT NULL,
  body {{json}},
  created_by {{key}} NOT NULL,
  created_at BIGINT NOT NULL,
  ended_at BIGINT,
  version BIGINT NOT NULL
){{strict}};
CREATE INDEX dispatch_plan_recent ON dispatch_plan (outlet_path, created_at, id);
