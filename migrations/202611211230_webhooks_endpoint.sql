-- +goose Up
-- Where events are sent. The address is sealed, because many receivers put a token into it.
CREATE TABLE webhooks_endpoint (
  id {{key}} PRIMARY KEY,
  name TEXT NOT NULL,
  url_sealed {{bytes}} NOT NULL,
  host {{key}} NOT NULL,
  topics {{json}},
  outlet_path {{key}} NOT NULL,
  brands {{json}},
  state {{key}} NOT NULL,
  secret_sealed {{bytes}} NOT NULL,
  old_secret_sealed {{bytes}},
  old_until BIGINT,
  failing_since BIGINT,
  created_by {{key}} NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL DEFAULT 1
){{strict}};

-- One event on its way to one endpoint: queue and delivery log in one. next_at is also the lease of the
-- node that sends it. The payload holds ids and codes only.
CREATE TABLE webhooks_delivery (
  id {{key}} PRIMARY KEY,
  endpoint_id {{key}} NOT NULL REFERENCES webhooks_endpoint (id),
  event_id {{key}} NOT NULL,
  topic {{key}} NOT NULL,
  record_kind {{key}} NOT NULL,
  record_id {{key}} NOT NULL,
  payload TEXT NOT NULL,
  state {{key}} NOT NULL,
  attempts BIGINT NOT NULL,
  next_at BIGINT NOT NULL,
  status BIGINT,
  error {{key}},
  excerpt_sealed {{bytes}},
  created_at BIGINT NOT NULL,
  tried_at BIGINT,
  delivered_at BIGINT
){{strict}};
CREATE UNIQUE INDEX webhooks_delivery_event ON webhooks_delivery (endpoint_id, event_id);
CREATE INDEX webhooks_delivery_due ON webhooks_delivery (endpoint_id, next_at) WHERE state = 'queued';
CREATE INDEX webhooks_delivery_log ON webhooks_delivery (endpoint_id, created_at DESC, id DESC);
CREATE INDEX webhooks_delivery_old ON webhooks_delivery (created_at);
