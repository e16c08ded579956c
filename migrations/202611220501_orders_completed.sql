-- +goose Up
CREATE INDEX orders_order_completed ON orders_order (completed_at) WHERE completed_at IS NOT NULL;
