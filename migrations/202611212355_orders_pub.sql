-- +goose Up
-- Arrivals with the promise they were judged by; a row for each order of a visit.
CREATE VIEW orders_pub_arrival AS
SELECT v.id AS visit_id, r.order_id, r.promise_id, v.brand_id, v.outlet_id, v.outlet_path, v.mode, v.distance, r.arrived_at, r.kept, r.late_by
FROM orders_promise_verdict r JOIN orders_visit v ON v.id = r.visit_id
WHERE r.arrived_at IS NOT NULL;
