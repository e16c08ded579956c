-- +goose Up
-- The firm's own texts over those that the code brings; brand_id '' is for all brands.
CREATE TABLE notify_template (
  code {{key}} NOT NULL,
  lang {{key}} NOT NULL,
  brand_id {{key}} NOT NULL,
  subject TEXT NOT NULL,
  body TEXT NOT NULL,
  updated_by {{key}} NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (code, lang, brand_id)
){{strict}};

-- Messages to customers and outlets: queue and delivery log in one. Recipient and text are sealed.
CREATE TABLE notify_message (
  id {{key}} PRIMARY KEY,
  template {{key}} NOT NULL,
  class {{key}} NOT NULL,
  channel {{key}} NOT NULL,
  lang {{key}} NOT NULL,
  state {{key}} NOT NULL,
  reason {{key}},
  record_kind {{key}} NOT NULL,
  record_id {{key}} NOT NULL,
  brand_id {{key}},
  outlet_path {{key}} NOT NULL,
  key_id {{key}} NOT NULL,
  own_key {{bool}} NOT NULL,
  to_hash {{bytes}},
  to_sealed {{bytes}},
  text_sealed {{bytes}},
  segments BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  dedup {{key}},
  queued_at BIGINT NOT NULL,
  next_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  sent_at BIGINT
){{strict}};
CREATE UNIQUE INDEX notify_message_dedup ON notify_message (dedup) WHERE dedup IS NOT NULL;
CREATE INDEX notify_message_log ON notify_message (queued_at DESC, id DESC);
CREATE INDEX notify_message_record ON notify_message (record_kind, record_id, queued_at DESC, id DESC);
CREATE INDEX notify_message_outlet ON notify_message (outlet_path, queued_at DESC, id DESC);
CREATE INDEX notify_message_to ON notify_message (to_hash, queued_at);
CREATE INDEX notify_message_open ON notify_message (updated_at) WHERE state IN ('queued', 'sending');
CREATE INDEX notify_message_fade ON notify_message (queued_at) WHERE to_sealed IS NOT NULL;

-- Who wants no more: survey = no questions, all = nothing that is not safety or a code asked for.
CREATE TABLE notify_optout (
  address_hash {{bytes}} NOT NULL,
  channel {{key}} NOT NULL,
  scope {{key}} NOT NULL,
  source {{key}} NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (address_hash, channel)
){{strict}};

-- Notices to staff inside the product; params hold ids and codes.
CREATE TABLE notify_notice (
  id {{key}} PRIMARY KEY,
  user_id {{key}} NOT NULL REFERENCES identity_user (id),
  kind {{key}} NOT NULL,
  params {{json}} NOT NULL,
  record_kind {{key}} NOT NULL,
  record_id {{key}} NOT NULL,
  dedup {{key}},
  created_at BIGINT NOT NULL,
  read_at BIGINT
){{strict}};
CREATE INDEX notify_notice_user ON notify_notice (user_id, created_at DESC, id DESC);
CREATE INDEX notify_notice_unread ON notify_notice (user_id, created_at DESC, id DESC) WHERE read_at IS NULL;
CREATE UNIQUE INDEX notify_notice_dedup ON notify_notice (user_id, dedup) WHERE dedup IS NOT NULL;
