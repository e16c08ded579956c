-- +goose Up
-- Recalls and service campaigns. body holds the plan: words, remedy, conditions and reminders.
CREATE TABLE maintenance_campaign (
  id {{key}} PRIMARY KEY,
  number {{key}} NOT NULL UNIQUE,
  kind {{key}} NOT NULL,
  state {{key}} NOT NULL,
  brand_id {{key}} NOT NULL REFERENCES catalog_brand (id),
  outlet_path {{key}} NOT NULL,
  body {{json}} NOT NULL,
  dates {{json}} NOT NULL,
  counted {{json}} NOT NULL,
  search {{key}} NOT NULL,
  searched_to {{key}} NOT NULL,
  task_id {{key}} NOT NULL,
  created_by {{key}} NOT NULL,
  edited_by {{key}} NOT NULL,
  approved_by {{key}} NOT NULL,
  approved_at BIGINT,
  started_at BIGINT,
  ended_at BIGINT,
  end_reason {{key}} NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL DEFAULT 1
){{strict}};
CREATE INDEX maintenance_campaign_recent ON maintenance_campaign (created_at DESC, id DESC);
CREATE INDEX maintenance_campaign_brand ON maintenance_campaign (brand_id, state);

-- One unit in one campaign. next_notice_at is when its customer is told next; reach says how that is possible.
CREATE TABLE maintenance_unit (
  id {{key}} PRIMARY KEY,
  campaign_id {{key}} NOT NULL REFERENCES maintenance_campaign (id),
  unit_id {{key}} NOT NULL REFERENCES units_unit (id),
  brand_id {{key}} NOT NULL,
  outlet_path {{key}} NOT NULL,
  model_id {{key}} NOT NULL,
  region {{key}} NOT NULL,
  state {{key}} NOT NULL,
  reach {{key}} NOT NULL,
  found_by {{key}} NOT NULL,
  notices BIGINT NOT NULL DEFAULT 0,
  calls BIGINT NOT NULL DEFAULT 0,
  noticed_at BIGINT,
  next_notice_at BIGINT,
  case_id {{key}} REFERENCES cases_case (id),
  order_id {{key}} REFERENCES orders_order (id),
  reason {{key}} NOT NULL,
  reference {{key}} NOT NULL,
  found_at BIGINT NOT NULL,
  moved_at BIGINT NOT NULL,
  remedied_at BIGINT,
  version BIGINT NOT NULL DEFAULT 1
){{strict}};
CREATE UNIQUE INDEX maintenance_unit_once ON maintenance_unit (campaign_id, unit_id);
CREATE INDEX maintenance_unit_state ON maintenance_unit (campaign_id, state, id);
CREATE INDEX maintenance_unit_listed ON maintenance_unit (campaign_id, id);
CREATE INDEX maintenance_unit_reach ON maintenance_unit (campaign_id, reach, id);
CREATE INDEX maintenance_unit_unit ON maintenance_unit (unit_id);
CREATE INDEX maintenance_unit_order ON maintenance_unit (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX maintenance_unit_case ON maintenance_unit (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX maintenance_unit_next ON maintenance_unit (next_notice_at, id) WHERE next_notice_at IS NOT NULL;

-- Notices with their proof: what the delivery log says of each. A letter has no message.
CREATE TABLE maintenance_notice (
  id {{key}} PRIMARY KEY,
  campaign_id {{key}} NOT NULL REFERENCES maintenance_campaign (id),
  campaign_unit_id {{key}} NOT NULL REFERENCES maintenance_unit (id),
  round BIGINT NOT NULL,
  channel {{key}} NOT NULL,
  message_id {{key}} NOT NULL,
  state {{key}} NOT NULL,
  reason {{key}} NOT NULL,
  queued_at BIGINT NOT NULL,
  settled_at BIGINT
){{strict}};
CREATE INDEX maintenance_notice_unit ON maintenance_notice (campaign_unit_id, id);
CREATE INDEX maintenance_notice_listed ON maintenance_notice (campaign_id, id);
CREATE INDEX maintenance_notice_state ON maintenance_notice (campaign_id, state, id);
CREATE INDEX maintenance_notice_waiting ON maintenance_notice (id) WHERE settled_at IS NULL;

CREATE TABLE maintenance_operation (
  record_id {{key}} NOT NULL,
  operation_id {{key}} NOT NULL,
  act {{key}} NOT NULL,
  actor {{key}} NOT NULL,
  occurred_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL,
  PRIMARY KEY (record_id, operation_id)
){{strict}};
