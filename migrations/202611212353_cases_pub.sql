-- +goose Up
-- What console and analytics may read: codes, ids and instants only.
CREATE VIEW cases_pub_case AS
SELECT c.id, c.number, c.type, c.state, c.priority, c.safety, c.brand_id, c.customer_id, c.unit_id, c.category, c.symptom, c.service_type, c.class,
  c.channel, c.origin, c.outlet_path, c.parent_id, c.stage, c.severity, c.regulator, c.division, c.reason, c.blame, c.reopened, c.chased,
  c.solved_remote, c.responded_at, c.diagnosed_at, c.verifying_at, c.agreed_at, c.closed_at, c.occurred_at, c.created_at
FROM cases_case c;
