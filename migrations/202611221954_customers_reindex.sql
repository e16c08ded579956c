-- +goose Up
-- Customers who were there before names were found by their initials: a duty makes them findable, and takes them off.
CREATE TABLE customers_reindex (
  customer_id {{key}} PRIMARY KEY REFERENCES customers_customer(id)
){{strict}};
INSERT INTO customers_reindex (customer_id)
  SELECT c.id FROM customers_customer c
  WHERE c.root_id = c.id AND c.erased_at IS NULL AND c.name_sealed IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM customers_initials i WHERE i.customer_id = c.id);
