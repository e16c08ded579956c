-- +goose Up
-- The live orders of one outlet, the first due first: lists, and the numbers of the dashboard that lead to them.
CREATE INDEX orders_order_by_outlet ON orders_order (outlet_id, due_at, id) WHERE live;
