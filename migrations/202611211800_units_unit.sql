-- +goose Up
-- The installed base. serial_key is the serial as it is compared, serial_back the same from its end.
-- root_id is the record that merging leads to. The place is sealed by key_id.
CREATE TABLE units_unit (
  id {{key}} PRIMARY KEY,
  root_id {{key}} NOT NULL,
  merged_into {{key}},
  brand_id {{key}} NOT NULL REFERENCES catalog_brand(id),
  model_id {{key}} REFERENCES catalog_model(id),
  category {{key}},
  serial {{key}},
  serial_key {{key}},
  serial_back {{key}},
  owner_id {{key}} REFERENCES customers_customer(id),
  key_id {{key}} NOT NULL,
  place_sealed {{bytes}},
  division {{key}},
  lat {{real}},
  lon {{real}},
  point_precision {{key}},
  point_source {{key}},
  channel {{key}} NOT NULL,
  seller {{key}} NOT NULL,
  order_no {{key}} NOT NULL,
  invoice_no {{key}} NOT NULL,
  price_minor BIGINT,
  price_currency {{key}},
  proof_file {{key}} NOT NULL,
  made_on {{key}}, made_by {{key}},
  sold_on {{key}}, sold_by {{key}},
  invoiced_on {{key}}, invoiced_by {{key}},
  delivered_on {{key}}, delivered_by {{key}},
  installed_on {{key}}, installed_by {{key}},
  activated_on {{key}}, activated_by {{key}},
  state {{key}} NOT NULL,
  replaced_by {{key}} REFERENCES units_unit(id),
  replaces {{key}} REFERENCES units_unit(id),
  qr_generation BIGINT NOT NULL DEFAULT 1,
  qr_hash {{bytes}} NOT NULL,
  origin {{key}} NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL DEFAULT 1
){{strict}};
CREATE UNIQUE INDEX units_unit_serial ON units_unit (brand_id, serial_key) WHERE serial_key IS NOT NULL;
CREATE INDEX units_unit_serial_any ON units_unit (serial_key) WHERE serial_key IS NOT NULL;
CREATE INDEX units_unit_serial_back ON units_unit (serial_back) WHERE serial_back IS NOT NULL;
CREATE UNIQUE INDEX units_unit_qr ON units_unit (qr_hash);
CREATE INDEX units_unit_root ON units_unit (root_id);
CREATE INDEX units_unit_owner ON units_unit (owner_id) WHERE owner_id IS NOT NULL;
CREATE INDEX units_unit_model ON units_unit (model_id) WHERE model_id IS NOT NULL;
CREATE INDEX units_unit_brand ON units_unit (brand_id, id);
CREATE INDEX units_unit_updated ON units_unit (updated_at, id);

CREATE TABLE units_component (
  id {{key}} PRIMARY KEY,
  unit_id {{key}} NOT NULL REFERENCES units_unit(id),
  part_id {{key}} NOT NULL,
  part_type {{key}} NOT NULL,
  serial {{key}} NOT NULL,
  serial_key {{key}},
  order_ref {{key}} NOT NULL,
  fitted_at BIGINT NOT NULL,
  removed_at BIGINT
){{strict}};
CREATE INDEX units_component_unit ON units_component (unit_id);
CREATE INDEX units_component_serial ON units_component (serial_key) WHERE serial_key IS NOT NULL;

-- What service did; never changed.
CREATE TABLE units_service_fact (
  id {{key}} PRIMARY KEY,
  unit_id {{key}} NOT NULL REFERENCES units_unit(id),
  kind {{key}} NOT NULL,
  symptom_family {{key}} NOT NULL,
  days_out BIGINT NOT NULL,
  component_swapped {{key}} NOT NULL,
  result {{key}} NOT NULL,
  order_ref {{key}} NOT NULL,
  occurred_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL
){{strict}};
CREATE INDEX units_service_fact_unit ON units_service_fact (unit_id, occurred_at);

CREATE TABLE units_mark (
  unit_id {{key}} NOT NULL REFERENCES units_unit(id),
  mark {{key}} NOT NULL,
  reason {{key}} NOT NULL,
  set_at BIGINT NOT NULL,
  PRIMARY KEY (unit_id, mark)
){{strict}};
CREATE INDEX units_mark_mark ON units_mark (mark, unit_id);

-- Everything that happened to a unit, also what higher modules report: ids and codes only.
CREATE TABLE units_timeline (
  id {{key}} PRIMARY KEY,
  unit_id {{key}} NOT NULL REFERENCES units_unit(id),
  kind {{key}} NOT NULL,
  ref_kind {{key}} NOT NULL,
  ref_id {{key}} NOT NULL,
  params {{json}} NOT NULL,
  actor {{key}} NOT NULL,
  occurred_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL
){{strict}};
CREATE INDEX units_timeline_unit ON units_timeline (unit_id, occurred_at, id);

-- What other systems call a unit.
CREATE TABLE units_external (
  unit_id {{key}} NOT NULL REFERENCES units_unit(id),
  system {{key}} NOT NULL,
  external_id {{key}} NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (system, external_id)
){{strict}};
CREATE INDEX units_external_unit ON units_external (unit_id);

-- Which outlets see a unit in lists, and until when; ref names the work that gave the right.
CREATE TABLE units_share (
  unit_id {{key}} NOT NULL REFERENCES units_unit(id),
  brand_id {{key}} NOT NULL,
  outlet_path {{key}} NOT NULL,
  ref {{key}} NOT NULL,
  until BIGINT,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (unit_id, outlet_path, brand_id, ref)
){{strict}};
CREATE INDEX units_share_outlet ON units_share (outlet_path, brand_id, unit_id);
