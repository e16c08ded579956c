-- +goose Up
CREATE TABLE callbacks_callback (
  id {{key}} PRIMARY KEY,
  cause {{key}} NOT NULL,
  state {{key}} NOT NULL,
  case_id {{key}} NOT NULL REFERENCES cases_case (id),
  order_id {{key}} REFERENCES orders_order (id),
  brand_id {{key}} NOT NULL,
  outlet_path {{key}} NOT NULL,
  service_type {{key}},
  key_id {{key}} NOT NULL,
  due_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  class BIGINT,
  result {{key}},
  score BIGINT,
  by_link {{bool}} NOT NULL,
  asked_amount BIGINT,
  note_sealed {{bytes}},
  flags {{key}} NOT NULL,
  answered_at BIGINT,
  answered_by {{key}},
  assignee_id {{key}},
  ended_at BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
){{strict}};
CREATE INDEX callbacks_callback_queue ON callbacks_callback (due_at, id) WHERE ended_at IS NULL;
CREATE INDEX callbacks_callback_all ON callbacks_callback (due_at, id);
CREATE INDEX callbacks_callback_order ON callbacks_callback (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX callbacks_callback_case ON callbacks_callback (case_id);
CREATE UNIQUE INDEX callbacks_callback_once ON callbacks_callback (order_id, cause, created_at) WHERE order_id IS NOT NULL;
CREATE INDEX callbacks_callback_outlet ON callbacks_callback (outlet_path, answered_at);

CREATE TABLE callbacks_attempt (
  id {{key}} PRIMARY KEY,
  callback_id {{key}} NOT NULL REFERENCES callbacks_callback (id),
  class BIGINT NOT NULL,
  by_link {{bool}} NOT NULL,
  actor {{key}} NOT NULL,
  score BIGINT,
  seconds BIGINT,
  note_sealed {{bytes}},
  occurred_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL,
  operation_id {{key}}
){{strict}};
CREATE INDEX callbacks_attempt_callback ON callbacks_attempt (callback_id, occurred_at);
CREATE UNIQUE INDEX callbacks_attempt_operation ON callbacks_attempt (callback_id, operation_id) WHERE operation_id IS NOT NULL;
