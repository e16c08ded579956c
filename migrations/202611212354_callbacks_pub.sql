-- +goose Up
-- What console and analytics may read: codes, ids and instants only.
CREATE VIEW callbacks_pub_callback AS
SELECT c.id, c.cause, c.state, c.case_id, c.order_id, c.brand_id, c.outlet_path, c.service_type, c.due_at, c.attempts, c.class, c.result, c.score,
  c.by_link, c.flags, c.answered_at, c.ended_at, c.created_at
FROM callbacks_callback c;
