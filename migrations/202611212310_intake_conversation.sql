-- +goose Up
CREATE TABLE intake_conversation (
  id {{key}} PRIMARY KEY,
  channel {{key}} NOT NULL,
  state {{key}} NOT NULL,
  brand_id {{key}} NOT NULL REFERENCES catalog_brand (id),
  customer_id {{key}} REFERENCES customers_customer (id),
  case_id {{key}} REFERENCES cases_case (id),
  key_id {{key}} NOT NULL,
  outlet_path {{key}} NOT NULL,
  external_id {{key}},
  last_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  version BIGINT NOT NULL
){{strict}};
CREATE INDEX intake_conversation_recent ON intake_conversation (last_at DESC, id DESC);
CREATE INDEX intake_conversation_case ON intake_conversation (case_id) WHERE case_id IS NOT NULL;
CREATE UNIQUE INDEX intake_conversation_external ON intake_conversation (channel, external_id) WHERE external_id IS NOT NULL;

CREATE TABLE intake_message (
  id {{key}} PRIMARY KEY,
  conversation_id {{key}} NOT NULL REFERENCES intake_conversation (id),
  direction {{key}} NOT NULL,
  author {{key}} NOT NULL,
  text_sealed {{bytes}} NOT NULL,
  occurred_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL
){{strict}};
CREATE INDEX intake_message_conversation ON intake_message (conversation_id, occurred_at, id);
