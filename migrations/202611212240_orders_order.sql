-- +goose Up
CREATE TABLE orders_order (
  id {{key}} PRIMARY KEY,
  number {{key}} NOT NULL UNIQUE,
  case_id {{key}} NOT NULL REFERENCES cases_case (id),
  state {{key}} NOT NULL,
  live {{bool}} NOT NULL,
  resume_to {{key}},
  sub_state {{key}} NOT NULL,
  brand_id {{key}} NOT NULL REFERENCES catalog_brand (id),
  customer_id {{key}} REFERENCES customers_customer (id),
  unit_id {{key}} REFERENCES units_unit (id),
  service_type {{key}} NOT NULL REFERENCES catalog_service_type (code),
  mode {{key}} NOT NULL,
  category {{key}},
  symptom {{key}},
  symptom_family {{key}},
  cause {{key}},
  action {{key}},
  priority {{key}} NOT NULL,
  skills {{key}} NOT NULL,
  minutes BIGINT NOT NULL,
  crew BIGINT NOT NULL,
  outlet_id {{key}} REFERENCES outlets_outlet (id),
  outlet_path {{key}} NOT NULL,
  kept {{bool}} NOT NULL,
  key_id {{key}} NOT NULL,
  place_sealed {{bytes}},
  parties_sealed {{bytes}},
  note_sealed {{bytes}},
  division {{key}},
  lat {{real}},
  lon {{real}},
  payer {{key}} NOT NULL,
  wanted_from BIGINT,
  wanted_to BIGINT,
  promise_id {{key}},
  promise_from BIGINT,
  promise_to BIGINT,
  repeat_of {{key}} REFERENCES orders_order (id),
  rework_of {{key}} REFERENCES orders_order (id),
  attempts BIGINT NOT NULL,
  chased BIGINT NOT NULL,
  moved_customer BIGINT NOT NULL,
  moved_firm BIGINT NOT NULL,
  reassigned BIGINT NOT NULL,
  given_back BIGINT NOT NULL,
  visits BIGINT NOT NULL,
  reason {{key}},
  blame {{key}},
  wait_for {{key}},
  review {{key}} NOT NULL,
  review_why TEXT NOT NULL,
  callback {{key}} NOT NULL,
  callback_class BIGINT NOT NULL,
  held {{bool}} NOT NULL,
  sign {{key}} NOT NULL,
  external_id {{key}},
  origin {{key}} NOT NULL,
  opened_by {{key}} NOT NULL,
  due_at BIGINT NOT NULL,
  first_contact_at BIGINT,
  released_at BIGINT,
  accepted_at BIGINT,
  started_at BIGINT,
  completed_at BIGINT,
  ended_at BIGINT,
  occurred_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
){{strict}};
-- due_at is the largest integer where nothing is due, so that queues sort without NULLs.
CREATE INDEX orders_order_queue ON orders_order (due_at, id) WHERE live;
CREATE INDEX orders_order_outlet ON orders_order (outlet_path, due_at, id) WHERE live;
CREATE INDEX orders_order_state ON orders_order (state, due_at, id) WHERE live;
CREATE INDEX orders_order_brand ON orders_order (brand_id, due_at, id) WHERE live;
CREATE INDEX orders_order_recent ON orders_order (created_at, id);
CREATE INDEX orders_order_case ON orders_order (case_id, created_at);
CREATE INDEX orders_order_customer ON orders_order (customer_id, created_at) WHERE customer_id IS NOT NULL;
CREATE INDEX orders_order_unit ON orders_order (unit_id, completed_at) WHERE unit_id IS NOT NULL;
CREATE INDEX orders_order_review ON orders_order (review, due_at, id) WHERE review = 'due' OR review = 'proof';
CREATE INDEX orders_order_silent ON orders_order (completed_at) WHERE state = 'completed';
CREATE UNIQUE INDEX orders_order_external ON orders_order (external_id) WHERE external_id IS NOT NULL;

CREATE TABLE orders_offer (
  id {{key}} PRIMARY KEY,
  order_id {{key}} NOT NULL REFERENCES orders_order (id),
  outlet_id {{key}} NOT NULL REFERENCES outlets_outlet (id),
  outlet_path {{key}} NOT NULL,
  brand_id {{key}} NOT NULL,
  round BIGINT NOT NULL,
  offered_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  answer {{key}} NOT NULL,
  answered_at BIGINT,
  reason {{key}},
  blame {{key}}
){{strict}};
CREATE UNIQUE INDEX orders_offer_round ON orders_offer (order_id, round);
CREATE INDEX orders_offer_open ON orders_offer (expires_at) WHERE answer = '';
CREATE INDEX orders_offer_outlet ON orders_offer (outlet_path, offered_at);

-- Append-only: what the customer was told.
CREATE TABLE orders_promise (
  id {{key}} PRIMARY KEY,
  order_id {{key}} NOT NULL REFERENCES orders_order (id),
  seq BIGINT NOT NULL,
  from_at BIGINT NOT NULL,
  to_at BIGINT NOT NULL,
  made_by {{key}} NOT NULL,
  made_at BIGINT NOT NULL,
  changed_by {{key}},
  reason {{key}}
){{strict}};
CREATE UNIQUE INDEX orders_promise_seq ON orders_promise (order_id, seq);
CREATE INDEX orders_promise_to ON orders_promise (to_at);

CREATE TABLE orders_promise_verdict (
  promise_id {{key}} PRIMARY KEY REFERENCES orders_promise (id),
  order_id {{key}} NOT NULL REFERENCES orders_order (id),
  kept {{bool}} NOT NULL,
  visit_id {{key}},
  arrived_at BIGINT,
  late_by BIGINT NOT NULL,
  occurred_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL
){{strict}};
CREATE INDEX orders_promise_verdict_order ON orders_promise_verdict (order_id);

-- Attempts to reach the customer, and notes to acts.
CREATE TABLE orders_contact (
  id {{key}} PRIMARY KEY,
  order_id {{key}} NOT NULL REFERENCES orders_order (id),
  channel {{key}} NOT NULL,
  result {{key}} NOT NULL,
  actor {{key}} NOT NULL,
  note_sealed {{bytes}},
  occurred_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL
){{strict}};
CREATE INDEX orders_contact_order ON orders_contact (order_id, occurred_at);

-- Operation ids of acts, kept for ever: the same act again changes nothing.
CREATE TABLE orders_operation (
  record_id {{key}} NOT NULL,
  operation_id {{key}} NOT NULL,
  act {{key}} NOT NULL,
  actor {{key}} NOT NULL,
  occurred_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL,
  PRIMARY KEY (record_id, operation_id)
){{strict}};
