-- +goose Up
-- People and firms. Names, numbers and addresses are sealed; hashes are keyed. root_id is the record that
-- merging leads to, the record itself when it is not merged.
CREATE TABLE customers_customer (
  id {{key}} PRIMARY KEY,
  root_id {{key}} NOT NULL,
  merged_into {{key}},
  kind {{key}} NOT NULL,
  key_id {{key}} NOT NULL,
  name_sealed {{bytes}},
  name_hash {{bytes}},
  email_sealed {{bytes}},
  email_hash {{bytes}},
  note_sealed {{bytes}},
  lang {{key}} NOT NULL DEFAULT '',
  origin {{key}} NOT NULL,
  erased_at BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL DEFAULT 1
){{strict}};
CREATE INDEX customers_customer_root ON customers_customer (root_id);
CREATE INDEX customers_customer_name ON customers_customer (name_hash) WHERE name_hash IS NOT NULL;
CREATE INDEX customers_customer_email ON customers_customer (email_hash) WHERE email_hash IS NOT NULL;
CREATE INDEX customers_customer_updated ON customers_customer (updated_at, id);

CREATE TABLE customers_phone (
  id {{key}} PRIMARY KEY,
  customer_id {{key}} NOT NULL REFERENCES customers_customer(id),
  number_sealed {{bytes}},
  label_sealed {{bytes}},
  number_hash {{bytes}} NOT NULL,
  tail_hash {{bytes}} NOT NULL,
  is_primary {{bool}} NOT NULL,
  created_at BIGINT NOT NULL
){{strict}};
CREATE INDEX customers_phone_customer ON customers_phone (customer_id);
CREATE INDEX customers_phone_number ON customers_phone (number_hash);
CREATE INDEX customers_phone_tail ON customers_phone (tail_hash, customer_id);

-- The sealed body holds the text as given, its parts, label and access notes.
CREATE TABLE customers_address (
  id {{key}} PRIMARY KEY,
  customer_id {{key}} NOT NULL REFERENCES customers_customer(id),
  body_sealed {{bytes}},
  division {{key}},
  lat {{real}},
  lon {{real}},
  point_precision {{key}},
  point_source {{key}},
  created_at BIGINT NOT NULL,
  removed_at BIGINT
){{strict}};
CREATE INDEX customers_address_customer ON customers_address (customer_id);

-- What other systems call a customer: sealed, since some use the phone number.
CREATE TABLE customers_external (
  customer_id {{key}} NOT NULL REFERENCES customers_customer(id),
  system {{key}} NOT NULL,
  external_hash {{bytes}} NOT NULL,
  external_sealed {{bytes}} NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (system, external_hash)
){{strict}};
CREATE INDEX customers_external_customer ON customers_external (customer_id);

-- Which outlets see a customer in lists, and until when. ref names the work that gave the right, so that
-- one work's end takes nothing from another; '' is for rights without one.
CREATE TABLE customers_share (
  customer_id {{key}} NOT NULL REFERENCES customers_customer(id),
  brand_id {{key}} NOT NULL,
  outlet_path {{key}} NOT NULL,
  ref {{key}} NOT NULL,
  until BIGINT,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (customer_id, outlet_path, brand_id, ref)
){{strict}};
CREATE INDEX customers_share_outlet ON customers_share (outlet_path, brand_id, customer_id);

-- Consents given and withdrawn, each with the version of the notice and the channel; never changed.
CREATE TABLE customers_consent (
  id {{key}} PRIMARY KEY,
  customer_id {{key}} NOT NULL REFERENCES customers_customer(id),
  purpose {{key}} NOT NULL,
  granted {{bool}} NOT NULL,
  notice_version {{key}} NOT NULL,
  channel {{key}} NOT NULL,
  evidence {{key}} NOT NULL,
  actor {{key}} NOT NULL,
  occurred_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL
){{strict}};
CREATE INDEX customers_consent_customer ON customers_consent (customer_id, purpose, occurred_at);

-- Who saw what in the clear; the count of an hour limits the next.
CREATE TABLE customers_reveal (
  id {{key}} PRIMARY KEY,
  actor {{key}} NOT NULL,
  record_kind {{key}} NOT NULL,
  record_id {{key}} NOT NULL,
  field {{key}} NOT NULL,
  reason {{key}} NOT NULL,
  at BIGINT NOT NULL
){{strict}};
CREATE INDEX customers_reveal_actor ON customers_reveal (actor, at);

-- One row an actor, locked while reveals are counted.
CREATE TABLE customers_revealer (
  actor {{key}} PRIMARY KEY,
  reveals BIGINT NOT NULL
){{strict}};
