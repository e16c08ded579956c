-- +goose Up
-- What console and analytics may read: codes, ids and instants only.
CREATE VIEW orders_pub_order AS
SELECT o.id, o.number, o.case_id, o.state, o.brand_id, o.customer_id, o.unit_id, o.service_type, o.mode, o.category, o.symptom,
  o.symptom_family, o.cause, o.action, o.priority, o.outlet_id, o.outlet_path, o.division, o.repeat_of, o.rework_of, o.attempts, o.chased,
  o.moved_customer, o.moved_firm, o.reassigned, o.given_back, o.visits, o.reason, o.blame, o.review, o.callback, o.callback_class, o.origin,
  o.first_contact_at, o.released_at, o.accepted_at, o.started_at, o.completed_at, o.ended_at, o.occurred_at, o.created_at
FROM orders_order o;

CREATE VIEW orders_pub_visit AS
SELECT v.id, v.state, v.mode, v.brand_id, v.outlet_id, v.outlet_path, v.start_at, v.end_at, v.day, v.distance, v.reason, v.blame,
  v.dispatch_at, v.accepted_at, v.departed_at, v.arrived_at, v.ended_at,
  (SELECT COUNT(*) FROM orders_visit_order vo WHERE vo.visit_id = v.id AND vo.dropped_at IS NULL) AS orders,
  (SELECT MIN(m.engineer_id) FROM orders_visit_member m WHERE m.visit_id = v.id AND m.position = 0 AND m.removed_at IS NULL) AS engineer_id
FROM orders_visit v;

CREATE VIEW orders_pub_outcome AS
SELECT vo.visit_id, vo.order_id, vo.outcome, vo.reason, v.ended_at, v.brand_id, v.outlet_path
FROM orders_visit_order vo JOIN orders_visit v ON v.id = vo.visit_id
WHERE vo.outcome IS NOT NULL;

CREATE VIEW orders_pub_promise AS
SELECT p.id, p.order_id, p.seq, p.from_at, p.to_at, p.made_at, p.changed_by, o.brand_id, o.outlet_path, o.service_type,
  r.kept, r.arrived_at, r.late_by, r.occurred_at AS judged_at
FROM orders_promise p JOIN orders_order o ON o.id = p.order_id LEFT JOIN orders_promise_verdict r ON r.promise_id = p.id;

CREATE VIEW orders_pub_charge AS
SELECT c.id, c.order_id, c.kind, c.amount, c.currency, c.payer, c.state, c.brand_id, c.outlet_path, c.raised_at
FROM orders_charge c;

CREATE VIEW orders_pub_offer AS
SELECT f.id, f.order_id, f.outlet_id, f.outlet_path, f.brand_id, f.round, f.offered_at, f.expires_at, f.answer, f.answered_at, f.reason
FROM orders_offer f;
