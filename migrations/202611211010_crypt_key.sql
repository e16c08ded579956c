-- +goose Up
-- Data keys, wrapped by a master key of the key file. Erasing a person sets wrapped to NULL.
CREATE TABLE crypt_key (
  id {{key}} PRIMARY KEY,
  subject {{key}} NOT NULL,
  wrapped {{bytes}},
  master_version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  destroyed_at BIGINT
){{strict}};
CREATE UNIQUE INDEX crypt_key_installation ON crypt_key (subject) WHERE subject = 'installation';
CREATE INDEX crypt_key_rotation ON crypt_key (master_version, id) WHERE wrapped IS NOT NULL;
CREATE INDEX crypt_key_destroyed ON crypt_key (destroyed_at, id) WHERE destroyed_at IS NOT NULL;
