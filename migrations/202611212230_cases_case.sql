-- +goose Up
CREATE TABLE cases_case (
  id {{key}} PRIMARY KEY,
  number {{key}} NOT NULL UNIQUE,
  type {{key}} NOT NULL,
  state {{key}} NOT NULL,
  live {{bool}} NOT NULL,
  sub_state {{key}} NOT NULL,
  priority {{key}} NOT NULL,
  priority_why TEXT NOT NULL,
  safety {{key}},
  advised_at BIGINT,
  brand_id {{key}} NOT NULL REFERENCES catalog_brand (id),
  customer_id {{key}} REFERENCES customers_customer (id),
  unit_id {{key}} REFERENCES units_unit (id),
  category {{key}},
  symptom {{key}},
  service_type {{key}},
  class {{key}},
  channel {{key}} NOT NULL,
  origin {{key}} NOT NULL,
  outlet_path {{key}} NOT NULL,
  opened_by {{key}} NOT NULL,
  assignee_id {{key}},
  team {{key}},
  parent_id {{key}} REFERENCES cases_case (id),
  merged_into {{key}} REFERENCES cases_case (id),
  external_id {{key}},
  stage {{key}},
  severity {{key}},
  legal_hold {{bool}} NOT NULL,
  regulator {{bool}} NOT NULL,
  key_id {{key}} NOT NULL,
  own_key {{bool}} NOT NULL,
  summary_sealed {{bytes}} NOT NULL,
  detail_sealed {{bytes}},
  contact_sealed {{bytes}},
  contact_phone {{bytes}},
  place_sealed {{bytes}},
  division {{key}},
  lat {{real}},
  lon {{real}},
  reason {{key}},
  blame {{key}},
  reopened BIGINT NOT NULL,
  chased BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  solved_remote {{bool}} NOT NULL,
  clock_due_at BIGINT,
  due_at BIGINT NOT NULL,
  responded_at BIGINT,
  diagnosed_at BIGINT,
  verifying_at BIGINT,
  agreed_at BIGINT,
  closed_at BIGINT,
  occurred_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
){{strict}};
-- due_at is the largest integer where nothing is due, so that queues sort without NULLs.
CREATE INDEX cases_case_queue ON cases_case (due_at, id) WHERE live;
CREATE INDEX cases_case_mine ON cases_case (assignee_id, due_at, id) WHERE live;
CREATE INDEX cases_case_urgent ON cases_case (due_at, id) WHERE live AND priority = 'P1';
CREATE INDEX cases_case_brand ON cases_case (brand_id, due_at, id) WHERE live;
CREATE INDEX cases_case_recent ON cases_case (created_at, id);
CREATE INDEX cases_case_customer ON cases_case (customer_id, created_at) WHERE customer_id IS NOT NULL;
CREATE INDEX cases_case_unit ON cases_case (unit_id, created_at) WHERE unit_id IS NOT NULL;
CREATE INDEX cases_case_phone ON cases_case (contact_phone) WHERE contact_phone IS NOT NULL;
CREATE INDEX cases_case_parent ON cases_case (parent_id) WHERE parent_id IS NOT NULL;
CREATE UNIQUE INDEX cases_case_external ON cases_case (external_id) WHERE external_id IS NOT NULL;
CREATE INDEX cases_case_verifying ON cases_case (verifying_at) WHERE state = 'verifying';
CREATE INDEX cases_case_closed ON cases_case (closed_at) WHERE closed_at IS NOT NULL;

-- What hangs on a case, and who sees the case because of it. A row ends (ended_at) when the work is over;
-- the outlet sees it until "until", which is empty while it may see it without end.
CREATE TABLE cases_work (
  case_id {{key}} NOT NULL REFERENCES cases_case (id),
  kind {{key}} NOT NULL,
  ref {{key}} NOT NULL,
  outlet_path {{key}} NOT NULL,
  brand_id {{key}} NOT NULL,
  live {{bool}} NOT NULL,
  done {{bool}} NOT NULL,
  due_at BIGINT,
  attached_at BIGINT NOT NULL,
  ended_at BIGINT,
  seen_until BIGINT,
  PRIMARY KEY (case_id, kind, ref, outlet_path)
){{strict}};
CREATE INDEX cases_work_outlet ON cases_work (outlet_path, case_id);
CREATE INDEX cases_work_ref ON cases_work (kind, ref);

CREATE TABLE cases_note (
  id {{key}} PRIMARY KEY,
  case_id {{key}} NOT NULL REFERENCES cases_case (id),
  kind {{key}} NOT NULL,
  outlet_path {{key}} NOT NULL,
  author {{key}} NOT NULL,
  text_sealed {{bytes}} NOT NULL,
  occurred_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL
){{strict}};
CREATE INDEX cases_note_case ON cases_note (case_id, occurred_at, id);

CREATE TABLE cases_link (
  case_id {{key}} NOT NULL REFERENCES cases_case (id),
  other_id {{key}} NOT NULL REFERENCES cases_case (id),
  kind {{key}} NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (case_id, other_id, kind)
){{strict}};
CREATE INDEX cases_link_other ON cases_link (other_id);

CREATE TABLE cases_watch (
  case_id {{key}} NOT NULL REFERENCES cases_case (id),
  user_id {{key}} NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (case_id, user_id)
){{strict}};
CREATE INDEX cases_watch_user ON cases_watch (user_id, case_id);

-- Operation ids of acts, kept for ever: the same act again changes nothing.
CREATE TABLE cases_operation (
  operation_id {{key}} NOT NULL,
  case_id {{key}} NOT NULL REFERENCES cases_case (id),
  act {{key}} NOT NULL,
  recorded_at BIGINT NOT NULL,
  PRIMARY KEY (case_id, operation_id)
){{strict}};
