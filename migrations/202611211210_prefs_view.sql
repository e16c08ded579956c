-- +goose Up
-- Saved views. A shared one is seen by users of its role inside the outlet path and brands of its maker.
CREATE TABLE prefs_view (
  id {{key}} PRIMARY KEY,
  owner_id {{key}} NOT NULL REFERENCES identity_user (id),
  page {{key}} NOT NULL,
  role {{key}},
  outlet_path {{key}} NOT NULL,
  brands {{json}},
  body_sealed {{bytes}} NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL DEFAULT 1
){{strict}};
CREATE INDEX prefs_view_owner ON prefs_view (owner_id, page, created_at);
CREATE INDEX prefs_view_role ON prefs_view (page, role, created_at) WHERE role IS NOT NULL;
