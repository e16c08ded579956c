-- +goose Up
-- Rule packs that a firm writes beside those of the product: promises of makers, sellers and platforms, laws of other countries.
CREATE TABLE entitlement_pack (
  pack_id {{key}} NOT NULL,
  pack_version BIGINT NOT NULL CHECK (pack_version > 0),
  brand_id {{key}} NOT NULL,
  state {{key}} NOT NULL,
  body {{json}} NOT NULL,
  saved_by {{key}} NOT NULL,
  saved_at BIGINT NOT NULL,
  decided_by {{key}} NOT NULL,
  decided_at BIGINT,
  reason TEXT NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (pack_id, pack_version)
){{strict}};

-- What a lawyer of the firm confirmed in a pack, of the product or the firm: a rule, or a column of the catalogue.
CREATE TABLE entitlement_pack_cell (
  pack_id {{key}} NOT NULL,
  pack_version BIGINT NOT NULL,
  cell {{key}} NOT NULL,
  source TEXT NOT NULL,
  confirmed_by {{key}} NOT NULL,
  confirmed_at BIGINT NOT NULL,
  PRIMARY KEY (pack_id, pack_version, cell)
){{strict}};

-- Changes with every change of the two tables: what a process holds of them is good while this is the same.
CREATE TABLE entitlement_rulebook (
  id BIGINT PRIMARY KEY CHECK (id = 1),
  revision {{key}} NOT NULL
){{strict}};
INSERT INTO entitlement_rulebook (id, revision) VALUES (1, 'product');
