-- +goose Up
-- Passkeys: keys of authenticators, public ones only. credential is the authenticator's own name of it.
CREATE TABLE identity_passkey (
  id {{key}} PRIMARY KEY,
  user_id {{key}} NOT NULL REFERENCES identity_user (id),
  credential {{key}} NOT NULL,
  record TEXT NOT NULL,
  name TEXT NOT NULL,
  cloned_at BIGINT,
  used_at BIGINT,
  created_at BIGINT NOT NULL
){{strict}};
CREATE UNIQUE INDEX identity_passkey_credential ON identity_passkey (credential);
CREATE INDEX identity_passkey_user ON identity_passkey (user_id, created_at);

-- A ceremony that was begun: what it was asked with. Taken once, within minutes.
CREATE TABLE identity_ceremony (
  id {{key}} PRIMARY KEY,
  kind {{key}} NOT NULL,
  user_id {{key}},
  data TEXT NOT NULL,
  expires_at BIGINT NOT NULL
){{strict}};
CREATE INDEX identity_ceremony_expiry ON identity_ceremony (expires_at);
