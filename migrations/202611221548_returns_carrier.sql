-- +goose Up
-- A carrier: what it wants is data (spec), what it knows us by is sealed.
CREATE TABLE returns_carrier (
  id {{key}} PRIMARY KEY,
  brand_id {{key}} NOT NULL,
  name TEXT NOT NULL,
  kind {{key}} NOT NULL,
  spec {{json}} NOT NULL,
  secrets_sealed {{bytes}},
  stuck_hours BIGINT NOT NULL,
  lost_days BIGINT NOT NULL,
  active {{bool}} NOT NULL,
  verified_at BIGINT,
  verified_by {{key}} NOT NULL,
  created_by {{key}} NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
){{strict}};
CREATE UNIQUE INDEX returns_carrier_name ON returns_carrier (brand_id, name);

-- A parcel with lines of a return: back to us, or out to the customer.
CREATE TABLE returns_shipment (
  id {{key}} PRIMARY KEY,
  return_id {{key}} NOT NULL REFERENCES returns_return (id),
  brand_id {{key}} NOT NULL,
  outlet_path {{key}} NOT NULL,
  direction {{key}} NOT NULL,
  lines {{json}} NOT NULL,
  carrier_id {{key}} NOT NULL REFERENCES returns_carrier (id),
  number {{key}} NOT NULL,
  label TEXT NOT NULL,
  state {{key}} NOT NULL,
  price BIGINT NOT NULL CHECK (price >= 0),
  currency {{key}} NOT NULL,
  promised_at BIGINT,
  delivered_at BIGINT,
  last_at BIGINT NOT NULL,
  stuck_at BIGINT,
  lost_at BIGINT,
  damaged {{bool}} NOT NULL,
  attitude BIGINT NOT NULL,
  ask_at BIGINT,
  asks BIGINT NOT NULL,
  created_by {{key}} NOT NULL,
  created_at BIGINT NOT NULL,
  version BIGINT NOT NULL
){{strict}};
CREATE UNIQUE INDEX returns_shipment_number ON returns_shipment (carrier_id, number);
CREATE INDEX returns_shipment_return ON returns_shipment (return_id, created_at);
CREATE INDEX returns_shipment_recent ON returns_shipment (created_at, id);
CREATE INDEX returns_shipment_open ON returns_shipment (last_at) WHERE delivered_at IS NULL AND lost_at IS NULL;
CREATE INDEX returns_shipment_ask ON returns_shipment (ask_at) WHERE ask_at IS NOT NULL;

CREATE TABLE returns_track (
  shipment_id {{key}} NOT NULL REFERENCES returns_shipment (id),
  at BIGINT NOT NULL,
  code {{key}} NOT NULL,
  state {{key}} NOT NULL,
  words TEXT NOT NULL,
  place TEXT NOT NULL,
  recorded_at BIGINT NOT NULL,
  PRIMARY KEY (shipment_id, at, code)
){{strict}};
