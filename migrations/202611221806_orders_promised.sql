-- +goose Up
-- Promises with how they were kept, each looked up by itself: a day's promises are few of all verdicts.
CREATE VIEW orders_pub_promised AS
SELECT p.id, p.order_id, p.to_at, o.brand_id, o.outlet_path, o.state,
  (SELECT r.kept FROM orders_promise_verdict r WHERE r.promise_id = p.id) AS kept,
  NOT EXISTS (SELECT 1 FROM orders_promise n WHERE n.order_id = p.order_id AND n.seq = p.seq + 1) AS latest
FROM orders_promise p JOIN orders_order o ON o.id = p.order_id;
