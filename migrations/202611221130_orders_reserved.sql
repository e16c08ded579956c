-- +goose Up
-- Which visits need parts is asked with every offer of a window: few lines are reserved at a time.
CREATE INDEX orders_part_reserved ON orders_part (order_id) WHERE state = 'reserved';
