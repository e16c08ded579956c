-- +goose Up
-- Series of numbers for people; next is the first number not yet handed to any node.
CREATE TABLE db_number (
  series {{key}} PRIMARY KEY,
  next BIGINT NOT NULL
){{strict}};
