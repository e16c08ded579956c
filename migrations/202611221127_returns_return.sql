-- +goose Up
-- What was paid for one thing once, however often it comes back, and what of it was promised and sent back.
-- Nothing above what was paid can be promised, nothing above what was promised sent: the database refuses it.
CREATE TABLE returns_purchase (
  key {{key}} PRIMARY KEY,
  brand_id {{key}} NOT NULL REFERENCES catalog_brand (id),
  currency {{key}} NOT NULL,
  paid BIGINT NOT NULL,
  committed BIGINT NOT NULL DEFAULT 0,
  sent BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  version BIGINT NOT NULL DEFAULT 1,
  CHECK (paid >= 0 AND committed >= 0 AND committed <= paid AND sent >= 0 AND sent <= committed)
){{strict}};

-- The ways in which it was paid, each with the same bound.
CREATE TABLE returns_way (
  id {{key}} PRIMARY KEY,
  purchase_key {{key}} NOT NULL REFERENCES returns_purchase (key),
  position BIGINT NOT NULL,
  way {{key}} NOT NULL,
  paid BIGINT NOT NULL,
  committed BIGINT NOT NULL DEFAULT 0,
  sent BIGINT NOT NULL DEFAULT 0,
  key_id {{key}} NOT NULL,
  ref_sealed {{bytes}},
  CHECK (paid >= 0 AND committed >= 0 AND committed <= paid AND sent >= 0 AND sent <= committed)
){{strict}};
CREATE UNIQUE INDEX returns_way_position ON returns_way (purchase_key, position);

CREATE TABLE returns_return (
  id {{key}} PRIMARY KEY,
  number {{key}} NOT NULL UNIQUE,
  type {{key}} NOT NULL,
  decision {{key}} NOT NULL,
  goods {{key}} NOT NULL,
  money {{key}} NOT NULL,
  operation {{json}} NOT NULL,
  brand_id {{key}} NOT NULL REFERENCES catalog_brand (id),
  outlet_path {{key}} NOT NULL,
  case_id {{key}} REFERENCES cases_case (id),
  customer_id {{key}} REFERENCES customers_customer (id),
  key_id {{key}} NOT NULL,
  channel {{key}} NOT NULL,
  reason {{key}} NOT NULL,
  blame {{key}} NOT NULL,
  end_reason {{key}} NOT NULL,
  currency {{key}} NOT NULL,
  estimate BIGINT NOT NULL,
  why {{json}} NOT NULL,
  decided_by {{key}} NOT NULL,
  note_sealed {{bytes}},
  address TEXT NOT NULL,
  ship_by {{key}} NOT NULL,
  freight {{key}} NOT NULL,
  external_id {{key}},
  origin {{key}} NOT NULL,
  opened_by {{key}} NOT NULL,
  loan {{json}},
  due_at BIGINT NOT NULL,
  decided_at BIGINT,
  done_at BIGINT,
  ended_at BIGINT,
  occurred_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
){{strict}};
-- due_at is the largest integer where nothing is due, so that queues sort without NULLs.
CREATE INDEX returns_return_queue ON returns_return (due_at, id) WHERE ended_at IS NULL;
CREATE INDEX returns_return_recent ON returns_return (created_at, id);
CREATE INDEX returns_return_customer ON returns_return (customer_id, created_at) WHERE customer_id IS NOT NULL;
CREATE INDEX returns_return_case ON returns_return (case_id) WHERE case_id IS NOT NULL;
CREATE UNIQUE INDEX returns_return_external ON returns_return (brand_id, external_id) WHERE external_id IS NOT NULL;

CREATE TABLE returns_line (
  id {{key}} PRIMARY KEY,
  return_id {{key}} NOT NULL REFERENCES returns_return (id),
  position BIGINT NOT NULL,
  purchase_key {{key}} NOT NULL REFERENCES returns_purchase (key),
  open_key {{key}},
  unit_id {{key}} REFERENCES units_unit (id),
  goods {{key}} NOT NULL,
  replacement {{key}} NOT NULL,
  body {{json}} NOT NULL
){{strict}};
CREATE UNIQUE INDEX returns_line_position ON returns_line (return_id, position);
-- One open request for one thing: the second is refused by the database, too.
CREATE UNIQUE INDEX returns_line_open ON returns_line (open_key) WHERE open_key IS NOT NULL;
CREATE INDEX returns_line_unit ON returns_line (unit_id) WHERE unit_id IS NOT NULL;

CREATE TABLE returns_refund (
  id {{key}} PRIMARY KEY,
  return_id {{key}} NOT NULL REFERENCES returns_return (id),
  line_id {{key}} NOT NULL REFERENCES returns_line (id),
  way_id {{key}} NOT NULL REFERENCES returns_way (id),
  purchase_key {{key}} NOT NULL REFERENCES returns_purchase (key),
  brand_id {{key}} NOT NULL,
  outlet_path {{key}} NOT NULL,
  way {{key}} NOT NULL,
  state {{key}} NOT NULL,
  amount BIGINT NOT NULL CHECK (amount > 0),
  currency {{key}} NOT NULL,
  attempt BIGINT NOT NULL,
  provider {{key}} NOT NULL,
  code {{key}} NOT NULL,
  due_at BIGINT NOT NULL,
  sent_at BIGINT,
  ended_at BIGINT,
  version BIGINT NOT NULL
){{strict}};
CREATE INDEX returns_refund_return ON returns_refund (return_id);
CREATE INDEX returns_refund_due ON returns_refund (due_at, id) WHERE state = 'due' OR state = 'sent';
CREATE INDEX returns_refund_recent ON returns_refund (due_at, id);

CREATE TABLE returns_batch (
  id {{key}} PRIMARY KEY,
  number {{key}} NOT NULL UNIQUE,
  provider {{key}} NOT NULL,
  brand_id {{key}} NOT NULL REFERENCES catalog_brand (id),
  currency {{key}} NOT NULL,
  payments BIGINT NOT NULL,
  amount BIGINT NOT NULL,
  created_by {{key}} NOT NULL,
  created_at BIGINT NOT NULL
){{strict}};
CREATE INDEX returns_batch_recent ON returns_batch (created_at, id);

-- One try to pay a refund. Its reference goes to the provider and comes back with the answer.
CREATE TABLE returns_payment (
  reference {{key}} PRIMARY KEY,
  refund_id {{key}} NOT NULL REFERENCES returns_refund (id),
  attempt BIGINT NOT NULL,
  batch_id {{key}} NOT NULL REFERENCES returns_batch (id),
  state {{key}} NOT NULL,
  amount BIGINT NOT NULL,
  currency {{key}} NOT NULL,
  code {{key}} NOT NULL,
  sent_at BIGINT NOT NULL,
  answered_at BIGINT
){{strict}};
CREATE UNIQUE INDEX returns_payment_attempt ON returns_payment (refund_id, attempt);
CREATE INDEX returns_payment_batch ON returns_payment (batch_id, reference);

-- What an answer of a provider says that does not fit what we sent.
CREATE TABLE returns_difference (
  id {{key}} PRIMARY KEY,
  brand_id {{key}} NOT NULL,
  reference {{key}} NOT NULL,
  kind {{key}} NOT NULL,
  amount BIGINT NOT NULL,
  currency {{key}} NOT NULL,
  found_at BIGINT NOT NULL,
  closed_at BIGINT,
  closed_by {{key}},
  reason {{key}}
){{strict}};
CREATE UNIQUE INDEX returns_difference_once ON returns_difference (reference, kind, amount);

CREATE TABLE returns_dispute (
  id {{key}} PRIMARY KEY,
  return_id {{key}} NOT NULL REFERENCES returns_return (id),
  line_id {{key}} NOT NULL REFERENCES returns_line (id),
  about {{key}} NOT NULL,
  state {{key}} NOT NULL,
  finding {{key}} NOT NULL,
  award BIGINT NOT NULL,
  note_sealed {{bytes}},
  opened_by {{key}} NOT NULL,
  decided_by {{key}} NOT NULL,
  opened_at BIGINT NOT NULL,
  decided_at BIGINT
){{strict}};
CREATE UNIQUE INDEX returns_dispute_open ON returns_dispute (line_id) WHERE state = 'open';
CREATE INDEX returns_dispute_return ON returns_dispute (return_id, opened_at);

CREATE TABLE returns_operation (
  record_id {{key}} NOT NULL,
  operation_id {{key}} NOT NULL,
  act {{key}} NOT NULL,
  actor {{key}} NOT NULL,
  occurred_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL,
  PRIMARY KEY (record_id, operation_id)
){{strict}};

CREATE TABLE returns_policy (
  id {{key}} PRIMARY KEY,
  brand_id {{key}} NOT NULL UNIQUE REFERENCES catalog_brand (id),
  body {{json}} NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
){{strict}};
