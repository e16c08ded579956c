-- +goose Up
-- A plan is of a day (or some), or repairs the board after an event. summary is what lists show of the body.
ALTER TABLE dispatch_plan ADD COLUMN kind {{key}} NOT NULL DEFAULT 'day';
ALTER TABLE dispatch_plan ADD COLUMN days BIGINT NOT NULL DEFAULT 1;
ALTER TABLE dispatch_plan ADD COLUMN event {{json}};
ALTER TABLE dispatch_plan ADD COLUMN summary {{json}};
ALTER TABLE dispatch_plan ADD COLUMN schedule_id {{key}};
ALTER TABLE dispatch_plan ADD COLUMN operation_id {{key}};
ALTER TABLE dispatch_plan ADD COLUMN end_operation_id {{key}};
CREATE UNIQUE INDEX dispatch_plan_operation ON dispatch_plan (created_by, operation_id) WHERE operation_id IS NOT NULL;
CREATE INDEX dispatch_plan_list ON dispatch_plan (created_at, id);

-- An outlet, with those below it, that is planned by itself: at a time of some weekdays, for a date ahead.
CREATE TABLE dispatch_schedule (
  id {{key}} PRIMARY KEY,
  name TEXT NOT NULL,
  outlet_id {{key}} NOT NULL REFERENCES outlets_outlet (id),
  outlet_path {{key}} NOT NULL,
  brands {{key}} NOT NULL,
  at_minute BIGINT NOT NULL,
  weekdays {{key}} NOT NULL,
  ahead BIGINT NOT NULL,
  days BIGINT NOT NULL,
  publish {{bool}} NOT NULL,
  active {{bool}} NOT NULL,
  since BIGINT NOT NULL,
  operation_id {{key}},
  created_by {{key}} NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT,
  version BIGINT NOT NULL
){{strict}};
CREATE INDEX dispatch_schedule_list ON dispatch_schedule (created_at, id) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX dispatch_schedule_operation ON dispatch_schedule (created_by, operation_id) WHERE operation_id IS NOT NULL;

-- The key makes sure that a date is run once, whoever notices that its time has come.
CREATE TABLE dispatch_schedule_run (
  schedule_id {{key}} NOT NULL REFERENCES dispatch_schedule (id),
  date {{key}} NOT NULL,
  due_at BIGINT NOT NULL,
  plan_id {{key}} REFERENCES dispatch_plan (id),
  state {{key}} NOT NULL,
  error {{key}},
  started_at BIGINT NOT NULL,
  ended_at BIGINT,
  PRIMARY KEY (schedule_id, date)
){{strict}};

-- What would be if: the same data with other assumptions, and what came of both.
CREATE TABLE dispatch_scenario (
  id {{key}} PRIMARY KEY,
  task_id {{key}} NOT NULL,
  name TEXT NOT NULL,
  state {{key}} NOT NULL,
  outlet_path {{key}} NOT NULL,
  brands {{key}} NOT NULL,
  date {{key}} NOT NULL,
  days BIGINT NOT NULL,
  assumptions {{json}} NOT NULL,
  result {{json}},
  operation_id {{key}},
  created_by {{key}} NOT NULL,
  created_at BIGINT NOT NULL,
  ended_at BIGINT,
  version BIGINT NOT NULL
){{strict}};
CREATE INDEX dispatch_scenario_list ON dispatch_scenario (created_at, id);
CREATE UNIQUE INDEX dispatch_scenario_operation ON dispatch_scenario (created_by, operation_id) WHERE operation_id IS NOT NULL;
CREATE INDEX dispatch_schedule_run_plan ON dispatch_schedule_run (plan_id);
