-- +goose Up
CREATE TABLE identity_session (
  id {{key}} PRIMARY KEY,
  token_hash {{bytes}} NOT NULL,
  user_id {{key}} NOT NULL REFERENCES identity_user (id),
  device_sealed {{bytes}},
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
){{strict}};
CREATE UNIQUE INDEX identity_session_token ON identity_session (token_hash);
CREATE INDEX identity_session_user ON identity_session (user_id, created_at);
CREATE INDEX identity_session_old ON identity_session (expires_at);

CREATE TABLE identity_key (
  id {{key}} PRIMARY KEY,
  token_hash {{bytes}} NOT NULL,
  hint {{key}} NOT NULL,
  name TEXT NOT NULL,
  permissions {{json}} NOT NULL,
  outlet_path {{key}} NOT NULL,
  brands {{json}},
  created_by {{key}} NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  revoked_at BIGINT,
  used_at BIGINT
){{strict}};
CREATE UNIQUE INDEX identity_key_token ON identity_key (token_hash);
CREATE INDEX identity_key_list ON identity_key (created_at DESC, id DESC);
CREATE INDEX identity_key_maker ON identity_key (created_by);

-- What customers hold: one purpose, one record, until an instant.
CREATE TABLE identity_link (
  id {{key}} PRIMARY KEY,
  token_hash {{bytes}} NOT NULL,
  purpose {{key}} NOT NULL,
  record_kind {{key}} NOT NULL,
  record_id {{key}} NOT NULL,
  brand_id {{key}},
  lang {{key}} NOT NULL,
  created_by {{key}} NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  revoked_at BIGINT
){{strict}};
CREATE UNIQUE INDEX identity_link_token ON identity_link (token_hash);
CREATE INDEX identity_link_record ON identity_link (record_kind, record_id);
CREATE INDEX identity_link_old ON identity_link (expires_at);

-- Approval codes, as keyed hashes.
CREATE TABLE identity_code (
  id {{key}} PRIMARY KEY,
  purpose {{key}} NOT NULL,
  record_kind {{key}} NOT NULL,
  record_id {{key}} NOT NULL,
  code_hash {{bytes}} NOT NULL,
  attempts BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
){{strict}};
CREATE INDEX identity_code_record ON identity_code (record_kind, record_id, purpose, created_at DESC);
CREATE INDEX identity_code_old ON identity_code (expires_at);

-- Service and finish codes are computed from the record and the key file; a row exists once one was
-- renewed or missed.
CREATE TABLE identity_shown (
  kind {{key}} NOT NULL,
  record_kind {{key}} NOT NULL,
  record_id {{key}} NOT NULL,
  generation BIGINT NOT NULL,
  misses BIGINT NOT NULL,
  PRIMARY KEY (kind, record_kind, record_id)
){{strict}};

-- Attempts to sign in, by keyed hash of the account's name and of the address.
CREATE TABLE identity_throttle (
  subject {{key}} PRIMARY KEY,
  attempts BIGINT NOT NULL,
  window_at BIGINT NOT NULL,
  fails BIGINT NOT NULL,
  blocked_until BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
){{strict}};
CREATE INDEX identity_throttle_old ON identity_throttle (updated_at);
