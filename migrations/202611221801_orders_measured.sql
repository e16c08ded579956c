-- +goose Up
-- Measures of a period go by the instants they count, not through all that ever was.
CREATE INDEX orders_promise_verdict_arrived ON orders_promise_verdict (arrived_at) WHERE arrived_at IS NOT NULL;
CREATE INDEX orders_order_repeat ON orders_order (repeat_of) WHERE repeat_of IS NOT NULL;

-- Whose time a visit takes, and when.
CREATE VIEW orders_pub_crew AS
SELECT m.engineer_id, m.start_at, v.id AS visit_id, v.day, v.state, v.end_at - v.start_at AS took
FROM orders_visit_member m JOIN orders_visit v ON v.id = m.visit_id
WHERE m.removed_at IS NULL;

-- Work that nobody has a time for yet.
CREATE VIEW orders_pub_waiting AS
SELECT o.id, o.state, o.due_at, o.brand_id, o.outlet_id, o.outlet_path, o.division, o.lat, o.lon, o.minutes * o.crew AS minutes
FROM orders_order o
WHERE o.live AND o.state IN ('ready', 'offered', 'accepted');
