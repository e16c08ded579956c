-- +goose Up
-- Tools that the work of an order takes, as its skills: codes separated by a blank, sorted.
ALTER TABLE orders_order ADD COLUMN tools {{key}} NOT NULL DEFAULT '';
