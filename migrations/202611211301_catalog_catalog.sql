-- +goose Up
-- The catalogue: small tables that are read as a whole into memory. Lists of codes in one column are
-- separated by a blank.

-- One row that changes with every edit; readers compare it with what they hold.
CREATE TABLE catalog_version (
  id BIGINT PRIMARY KEY CHECK (id = 1),
  version {{key}} NOT NULL
){{strict}};
INSERT INTO catalog_version (id, version) VALUES (1, '0');

CREATE TABLE catalog_brand (
  id {{key}} PRIMARY KEY,
  code {{key}} NOT NULL UNIQUE,
  name_zh TEXT NOT NULL,
  name_en TEXT NOT NULL,
  hotline {{key}} NOT NULL,
  active {{bool}} NOT NULL DEFAULT {{true}},
  version BIGINT NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL
){{strict}};

CREATE TABLE catalog_skill (
  code {{key}} PRIMARY KEY,
  name_zh TEXT NOT NULL,
  name_en TEXT NOT NULL,
  certificate {{bool}} NOT NULL DEFAULT {{false}},
  valid_years BIGINT NOT NULL DEFAULT 0,
  recheck_years BIGINT NOT NULL DEFAULT 0,
  position BIGINT NOT NULL DEFAULT 0
){{strict}};

CREATE TABLE catalog_category (
  code {{key}} PRIMARY KEY,
  name_zh TEXT NOT NULL,
  name_en TEXT NOT NULL,
  install_minutes BIGINT NOT NULL,
  repair_minutes BIGINT NOT NULL,
  install_skills {{key}} NOT NULL,
  repair_skills {{key}} NOT NULL,
  install_crew BIGINT NOT NULL DEFAULT 1,
  repair_crew BIGINT NOT NULL DEFAULT 1,
  depot {{bool}} NOT NULL DEFAULT {{false}},
  position BIGINT NOT NULL DEFAULT 0,
  active {{bool}} NOT NULL DEFAULT {{true}},
  version BIGINT NOT NULL DEFAULT 1
){{strict}};

CREATE TABLE catalog_model (
  id {{key}} PRIMARY KEY,
  brand_id {{key}} NOT NULL REFERENCES catalog_brand(id),
  category {{key}} NOT NULL REFERENCES catalog_category(code),
  code {{key}} NOT NULL,
  code_folded {{key}} NOT NULL,
  name_zh TEXT NOT NULL,
  name_en TEXT NOT NULL,
  warranty_months BIGINT NOT NULL,
  main_part_months BIGINT NOT NULL,
  main_parts {{key}} NOT NULL,
  active {{bool}} NOT NULL DEFAULT {{true}},
  version BIGINT NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL,
  UNIQUE (brand_id, code_folded)
){{strict}};
CREATE INDEX catalog_model_category ON catalog_model (category);

CREATE TABLE catalog_service_type (
  code {{key}} PRIMARY KEY,
  name_zh TEXT NOT NULL,
  name_en TEXT NOT NULL,
  mode {{key}} NOT NULL,
  base {{key}} NOT NULL,
  minutes BIGINT NOT NULL,
  skills {{key}} NOT NULL,
  repeat_window_days BIGINT NOT NULL,
  callback_rule {{key}} NOT NULL,
  proof {{key}} NOT NULL,
  next {{key}} NOT NULL,
  position BIGINT NOT NULL DEFAULT 0,
  active {{bool}} NOT NULL DEFAULT {{true}},
  version BIGINT NOT NULL DEFAULT 1
){{strict}};

CREATE TABLE catalog_checklist_item (
  code {{key}} PRIMARY KEY,
  service_type {{key}} NOT NULL REFERENCES catalog_service_type(code),
  category {{key}} NOT NULL DEFAULT '',
  name_zh TEXT NOT NULL,
  name_en TEXT NOT NULL,
  kind {{key}} NOT NULL,
  unit {{key}} NOT NULL DEFAULT '',
  min_value {{real}},
  max_value {{real}},
  required {{bool}} NOT NULL,
  safety {{bool}} NOT NULL DEFAULT {{false}},
  position BIGINT NOT NULL,
  active {{bool}} NOT NULL DEFAULT {{true}}
){{strict}};
CREATE INDEX catalog_checklist_item_type ON catalog_checklist_item (service_type);

CREATE TABLE catalog_symptom (
  code {{key}} PRIMARY KEY,
  category {{key}} NOT NULL REFERENCES catalog_category(code),
  name_zh TEXT NOT NULL,
  name_en TEXT NOT NULL,
  family {{key}} NOT NULL,
  active {{bool}} NOT NULL DEFAULT {{true}}
){{strict}};
CREATE TABLE catalog_cause (
  code {{key}} PRIMARY KEY,
  symptom {{key}} NOT NULL REFERENCES catalog_symptom(code),
  name_zh TEXT NOT NULL,
  name_en TEXT NOT NULL,
  active {{bool}} NOT NULL DEFAULT {{true}}
){{strict}};
CREATE TABLE catalog_action (
  code {{key}} PRIMARY KEY,
  cause {{key}} NOT NULL REFERENCES catalog_cause(code),
  category {{key}} NOT NULL REFERENCES catalog_category(code),
  name_zh TEXT NOT NULL,
  name_en TEXT NOT NULL,
  minutes BIGINT NOT NULL,
  part_type {{key}} NOT NULL,
  part_class {{key}} NOT NULL,
  remote {{key}} NOT NULL,
  safety {{key}} NOT NULL,
  stop_use {{bool}} NOT NULL DEFAULT {{false}},
  skills {{key}} NOT NULL,
  active {{bool}} NOT NULL DEFAULT {{true}}
){{strict}};

CREATE TABLE catalog_reason (
  code {{key}} PRIMARY KEY,
  kinds {{key}} NOT NULL,
  name_zh TEXT NOT NULL,
  name_en TEXT NOT NULL,
  responsibility {{key}} NOT NULL,
  note_required {{bool}} NOT NULL DEFAULT {{false}},
  position BIGINT NOT NULL DEFAULT 0,
  active {{bool}} NOT NULL DEFAULT {{true}},
  version BIGINT NOT NULL DEFAULT 1
){{strict}};

CREATE TABLE catalog_label (
  kind {{key}} NOT NULL,
  code {{key}} NOT NULL,
  state {{key}} NOT NULL,
  staff_zh TEXT NOT NULL,
  staff_en TEXT NOT NULL,
  customer_zh TEXT NOT NULL,
  customer_en TEXT NOT NULL,
  position BIGINT NOT NULL DEFAULT 0,
  active {{bool}} NOT NULL DEFAULT {{true}},
  version BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (kind, code)
){{strict}};

CREATE TABLE catalog_class (
  code {{key}} PRIMARY KEY,
  tree {{key}} NOT NULL,
  parent_code {{key}} NOT NULL DEFAULT '',
  level BIGINT NOT NULL,
  name_zh TEXT NOT NULL,
  name_en TEXT NOT NULL,
  position BIGINT NOT NULL,
  active {{bool}} NOT NULL DEFAULT {{true}},
  UNIQUE (tree, parent_code, name_zh)
){{strict}};
