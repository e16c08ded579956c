-- +goose Up
-- The organisation tree. path is made of immutable codes, begins and ends with a slash, never changes.
CREATE TABLE outlets_outlet (
  id {{key}} PRIMARY KEY,
  code {{key}} NOT NULL,
  name TEXT NOT NULL,
  kind {{key}} NOT NULL,
  parent_id {{key}} REFERENCES outlets_outlet(id),
  path {{key}} NOT NULL UNIQUE,
  state {{key}} NOT NULL,
  state_reason {{key}} NOT NULL DEFAULT '',
  zone {{key}} NOT NULL,
  lat {{real}}, lon {{real}}, point_precision {{key}} NOT NULL DEFAULT '', point_source {{key}} NOT NULL DEFAULT '',
  division {{key}} NOT NULL DEFAULT '',
  address TEXT NOT NULL DEFAULT '',
  phone {{key}} NOT NULL DEFAULT '',
  brands {{key}} NOT NULL DEFAULT '',       -- ids separated by a blank, sorted; the rows of outlets_brand
  hours {{json}},                            -- weekly pattern and country; NULL: as the outlet above
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL DEFAULT 1
){{strict}};
CREATE INDEX outlets_outlet_parent ON outlets_outlet (parent_id);

CREATE TABLE outlets_brand (
  outlet_id {{key}} NOT NULL REFERENCES outlets_outlet(id),
  brand_id {{key}} NOT NULL REFERENCES catalog_brand(id),
  PRIMARY KEY (outlet_id, brand_id)
){{strict}};
CREATE INDEX outlets_brand_brand ON outlets_brand (brand_id, outlet_id);

-- Areas served: a division prefix, for some categories and service types (lists separated by a blank,
-- empty is all).
CREATE TABLE outlets_area (
  id {{key}} PRIMARY KEY,
  outlet_id {{key}} NOT NULL REFERENCES outlets_outlet(id),
  division {{key}} NOT NULL,
  categories {{key}} NOT NULL,
  service_types {{key}} NOT NULL,
  rank BIGINT NOT NULL
){{strict}};
CREATE INDEX outlets_area_division ON outlets_area (division, rank);
CREATE INDEX outlets_area_outlet ON outlets_area (outlet_id);

-- Dates that the outlet is closed or open apart from its week.
CREATE TABLE outlets_exception (
  outlet_id {{key}} NOT NULL REFERENCES outlets_outlet(id),
  date {{key}} NOT NULL,
  kind {{key}} NOT NULL,
  name TEXT NOT NULL,
  windows {{key}} NOT NULL,
  PRIMARY KEY (outlet_id, date)
){{strict}};

-- Declared capacity: orders a day by weekday ("0" is Sunday) or date; a date beats its weekday.
CREATE TABLE outlets_quota (
  outlet_id {{key}} NOT NULL REFERENCES outlets_outlet(id),
  day {{key}} NOT NULL,
  service_type {{key}} NOT NULL,
  orders BIGINT NOT NULL,
  PRIMARY KEY (outlet_id, day, service_type)
){{strict}};

-- Contact persons: personal data, each under a key of his own.
CREATE TABLE outlets_contact (
  id {{key}} PRIMARY KEY,
  outlet_id {{key}} NOT NULL REFERENCES outlets_outlet(id),
  role {{key}} NOT NULL,
  position BIGINT NOT NULL,
  key_id {{key}} NOT NULL,
  name_sealed {{bytes}},
  phone_sealed {{bytes}}
){{strict}};
CREATE INDEX outlets_contact_outlet ON outlets_contact (outlet_id, position);

CREATE TABLE outlets_external (
  system {{key}} NOT NULL,
  external_id {{key}} NOT NULL,
  outlet_id {{key}} NOT NULL REFERENCES outlets_outlet(id),
  PRIMARY KEY (system, external_id)
){{strict}};
CREATE INDEX outlets_external_outlet ON outlets_external (outlet_id);

-- The root of the tree: the operator's own centre.
INSERT INTO outlets_outlet (id, code, name, kind, parent_id, path, state, zone, created_at, updated_at)
VALUES ('00000000-0000-7000-8000-000000000001', '', '服务中心', 'centre', NULL, '/', 'active', 'Asia/Shanghai', 0, 0);
