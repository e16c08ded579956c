-- +goose Up
-- How a customer's name may be written with the first letters of its pinyin, as keyed hashes.
CREATE TABLE customers_initials (
  customer_id {{key}} NOT NULL REFERENCES customers_customer(id),
  hash {{bytes}} NOT NULL,
  PRIMARY KEY (customer_id, hash)
){{strict}};
CREATE INDEX customers_initials_hash ON customers_initials (hash, customer_id);
