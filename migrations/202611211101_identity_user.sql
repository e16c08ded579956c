-- +goose Up
-- Changes to the roles that the code brings, and roles of the firm's own. A permission without a row
-- follows the default that its module declares.
CREATE TABLE identity_role (
  key {{key}} PRIMARY KEY,
  name_zh TEXT NOT NULL,
  name_en TEXT NOT NULL,
  built_in {{bool}} NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL DEFAULT 1
){{strict}};
CREATE TABLE identity_grant (
  role {{key}} NOT NULL,
  permission {{key}} NOT NULL,
  allowed {{bool}} NOT NULL,
  PRIMARY KEY (role, permission)
){{strict}};

CREATE TABLE identity_user (
  id {{key}} PRIMARY KEY,
  login {{key}} NOT NULL,
  name TEXT NOT NULL,
  lang {{key}} NOT NULL,
  state {{key}} NOT NULL,
  outlet_path {{key}} NOT NULL,
  all_brands {{bool}} NOT NULL,
  engineer_id {{key}},
  password_hash {{key}},
  password_at BIGINT,
  must_change {{bool}} NOT NULL DEFAULT {{false}},
  totp_sealed {{bytes}},
  totp_pending_sealed {{bytes}},
  totp_step BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL DEFAULT 1
){{strict}};
CREATE UNIQUE INDEX identity_user_login ON identity_user (login);
CREATE UNIQUE INDEX identity_user_engineer ON identity_user (engineer_id) WHERE engineer_id IS NOT NULL;
CREATE INDEX identity_user_path ON identity_user (outlet_path, login);

CREATE TABLE identity_user_role (
  user_id {{key}} NOT NULL REFERENCES identity_user (id),
  role {{key}} NOT NULL,
  PRIMARY KEY (user_id, role)
){{strict}};
CREATE INDEX identity_user_role_role ON identity_user_role (role, user_id);

-- The brands of a user whose all_brands is false.
CREATE TABLE identity_user_brand (
  user_id {{key}} NOT NULL REFERENCES identity_user (id),
  brand_id {{key}} NOT NULL,
  PRIMARY KEY (user_id, brand_id)
){{strict}};

CREATE TABLE identity_recovery (
  user_id {{key}} NOT NULL REFERENCES identity_user (id),
  code_hash {{bytes}} NOT NULL,
  PRIMARY KEY (user_id, code_hash)
){{strict}};
