-- +goose Up
-- Tools that work takes and that stay: what one is called. Product lines and service types name the codes, separated by a blank.
CREATE TABLE catalog_tool (
  code {{key}} PRIMARY KEY,
  name_zh TEXT NOT NULL,
  name_en TEXT NOT NULL,
  position BIGINT NOT NULL DEFAULT 0,
  active {{bool}} NOT NULL DEFAULT {{true}},
  version BIGINT NOT NULL DEFAULT 1
){{strict}};
ALTER TABLE catalog_category ADD COLUMN install_tools {{key}} NOT NULL DEFAULT '';
ALTER TABLE catalog_category ADD COLUMN repair_tools {{key}} NOT NULL DEFAULT '';
ALTER TABLE catalog_service_type ADD COLUMN tools {{key}} NOT NULL DEFAULT '';
