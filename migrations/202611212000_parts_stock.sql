-- +goose Up
CREATE TABLE parts_part (
  id {{key}} PRIMARY KEY,
  brand_id {{key}} REFERENCES catalog_brand(id),
  brand_key {{key}} NOT NULL,
  code {{key}} NOT NULL,
  name_zh TEXT NOT NULL,
  name_en TEXT NOT NULL,
  name_folded TEXT NOT NULL,
  class {{key}} NOT NULL,
  part_type {{key}} NOT NULL,
  unit {{key}} NOT NULL,
  price_minor BIGINT,
  price_currency {{key}},
  returnable {{bool}} NOT NULL,
  serialised {{bool}} NOT NULL,
  categories {{key}} NOT NULL,
  replaced_by {{key}} REFERENCES parts_part(id),
  active {{bool}} NOT NULL,
  created_at BIGINT NOT NULL,
  version BIGINT NOT NULL DEFAULT 1
){{strict}};
CREATE UNIQUE INDEX parts_part_code ON parts_part (brand_key, code);
CREATE INDEX parts_part_type ON parts_part (part_type);

-- A place's id says what it is: 'centre', 'outlet:<id>', 'van:<engineer id>'. The engineer is no foreign key.
CREATE TABLE parts_place (
  id {{key}} PRIMARY KEY,
  kind {{key}} NOT NULL,
  outlet_id {{key}} NOT NULL REFERENCES outlets_outlet(id),
  outlet_path {{key}} NOT NULL,
  engineer {{key}} NOT NULL,
  active {{bool}} NOT NULL,
  version BIGINT NOT NULL DEFAULT 1
){{strict}};
CREATE INDEX parts_place_outlet ON parts_place (outlet_path);

-- One row a place and part; moves counts its movements and orders them.
CREATE TABLE parts_stock (
  place_id {{key}} NOT NULL REFERENCES parts_place(id),
  part_id {{key}} NOT NULL REFERENCES parts_part(id),
  on_hand BIGINT NOT NULL DEFAULT 0,
  reserved BIGINT NOT NULL DEFAULT 0,
  minimum BIGINT NOT NULL DEFAULT 0,
  moves BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (place_id, part_id)
){{strict}};
CREATE INDEX parts_stock_part ON parts_stock (part_id);

-- Never changed.
CREATE TABLE parts_movement (
  id {{key}} PRIMARY KEY,
  place_id {{key}} NOT NULL,
  part_id {{key}} NOT NULL,
  seq BIGINT NOT NULL,
  kind {{key}} NOT NULL,
  qty BIGINT NOT NULL,
  reserved BIGINT NOT NULL,
  on_hand_after BIGINT NOT NULL,
  reserved_after BIGINT NOT NULL,
  order_ref {{key}} NOT NULL,
  visit_ref {{key}} NOT NULL,
  transfer_id {{key}} NOT NULL,
  serial {{key}} NOT NULL,
  reason {{key}} NOT NULL,
  override {{bool}} NOT NULL,
  actor {{key}} NOT NULL,
  occurred_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL,
  UNIQUE (place_id, part_id, seq)
){{strict}};
CREATE INDEX parts_movement_place ON parts_movement (place_id, id);
CREATE INDEX parts_movement_part ON parts_movement (part_id, id);
CREATE INDEX parts_movement_order ON parts_movement (order_ref, part_id) WHERE order_ref <> '';

CREATE TABLE parts_reservation (
  id {{key}} PRIMARY KEY,
  order_ref {{key}} NOT NULL,
  part_id {{key}} NOT NULL REFERENCES parts_part(id),
  place_id {{key}} NOT NULL REFERENCES parts_place(id),
  qty BIGINT NOT NULL,
  left_qty BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  version BIGINT NOT NULL DEFAULT 1
){{strict}};
CREATE INDEX parts_reservation_open ON parts_reservation (order_ref, part_id, place_id) WHERE left_qty > 0;

CREATE TABLE parts_transfer (
  id {{key}} PRIMARY KEY,
  from_place {{key}} NOT NULL REFERENCES parts_place(id),
  to_place {{key}} NOT NULL REFERENCES parts_place(id),
  state {{key}} NOT NULL,
  reason {{key}} NOT NULL,
  created_at BIGINT NOT NULL,
  ended_at BIGINT,
  version BIGINT NOT NULL DEFAULT 1
){{strict}};
CREATE INDEX parts_transfer_from ON parts_transfer (from_place, id);
CREATE INDEX parts_transfer_to ON parts_transfer (to_place, id);
CREATE TABLE parts_transfer_line (
  transfer_id {{key}} NOT NULL REFERENCES parts_transfer(id),
  part_id {{key}} NOT NULL REFERENCES parts_part(id),
  qty BIGINT NOT NULL,
  received BIGINT,
  PRIMARY KEY (transfer_id, part_id)
){{strict}};

CREATE TABLE parts_old (
  id {{key}} PRIMARY KEY,
  order_ref {{key}} NOT NULL,
  visit_ref {{key}} NOT NULL,
  part_id {{key}} NOT NULL REFERENCES parts_part(id),
  place_id {{key}} NOT NULL REFERENCES parts_place(id),
  outlet_path {{key}} NOT NULL,
  brand_id {{key}},
  qty BIGINT NOT NULL,
  serial {{key}} NOT NULL,
  state {{key}} NOT NULL,
  reason {{key}} NOT NULL,
  owed_at BIGINT NOT NULL,
  ended_at BIGINT,
  version BIGINT NOT NULL DEFAULT 1
){{strict}};
CREATE INDEX parts_old_open ON parts_old (outlet_path, id) WHERE state = 'owed';
CREATE INDEX parts_old_order ON parts_old (order_ref);
