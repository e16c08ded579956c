-- +goose Up
-- Answers to idempotent requests, kept 7 days, sealed: a replay gets the same answer.
CREATE TABLE httpapi_idempotency (
  actor {{key}} NOT NULL,
  idem_key {{key}} NOT NULL,
  request_hash {{bytes}} NOT NULL,
  status BIGINT NOT NULL,
  answer_sealed {{bytes}},
  created_at BIGINT NOT NULL,
  PRIMARY KEY (actor, idem_key)
){{strict}};
CREATE INDEX httpapi_idempotency_old ON httpapi_idempotency (created_at);

-- What a person waits for: a long task with progress, a result to fetch, and a way to stop it.
CREATE TABLE jobs_task (
  id {{key}} PRIMARY KEY,
  kind {{key}} NOT NULL,
  owner {{key}} NOT NULL,
  state {{key}} NOT NULL,
  done BIGINT NOT NULL,
  total BIGINT NOT NULL,
  note {{key}} NOT NULL,
  result {{json}},
  error {{key}},
  cancel_asked {{bool}} NOT NULL DEFAULT {{false}},
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  ended_at BIGINT
){{strict}};
CREATE INDEX jobs_task_owner ON jobs_task (owner, created_at DESC);

-- When each periodic duty ran last, so that several nodes run it once.
CREATE TABLE jobs_duty (
  name {{key}} PRIMARY KEY,
  next_at BIGINT NOT NULL
){{strict}};
