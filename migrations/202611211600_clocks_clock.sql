-- +goose Up
-- The truth about a clock is its facts. The first, its start, stands in the clock's own row, since most
-- clocks have no more than one further fact; the rest are rows of clocks_fact. What the facts come to
-- (from "facts" on) is a copy, so that queues and the scan for warnings can read it.
CREATE TABLE clocks_clock (
  id {{key}} PRIMARY KEY,
  job_kind {{key}} NOT NULL,
  job_id {{key}} NOT NULL,
  record_kind {{key}} NOT NULL,
  record_id {{key}} NOT NULL,
  party {{key}} NOT NULL,
  milestone {{key}} NOT NULL,
  brand_id {{key}},
  attrs TEXT NOT NULL,
  roles TEXT,
  started_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL,
  first_target TEXT NOT NULL,
  policy_id {{key}},
  policy_version BIGINT NOT NULL,
  reasons TEXT NOT NULL,
  facts BIGINT NOT NULL,
  slot {{key}} NOT NULL,
  status {{key}} NOT NULL,
  calendar_id {{key}},
  calendar_rev BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  provisional {{bool}} NOT NULL,
  next_at BIGINT,
  warned BIGINT NOT NULL,
  waits TEXT,
  breached_at BIGINT,
  met_at BIGINT,
  void_at BIGINT,
  amended_at BIGINT,
  amended_from TEXT,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
){{strict}};
-- slot is empty while the clock is owed and its own id afterwards: one open clock a milestone and party
-- of a record.
CREATE UNIQUE INDEX clocks_clock_record ON clocks_clock (record_kind, record_id, milestone, party, slot);
CREATE INDEX clocks_clock_job ON clocks_clock (job_kind, job_id);
CREATE INDEX clocks_clock_next ON clocks_clock (next_at, id) WHERE next_at IS NOT NULL;

-- Append-only, numbered from 2.
CREATE TABLE clocks_fact (
  clock_id {{key}} NOT NULL REFERENCES clocks_clock (id),
  seq BIGINT NOT NULL,
  kind {{key}} NOT NULL,
  occurred_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL,
  target TEXT,
  pause_id {{key}},
  waited_for {{key}},
  effect {{key}},
  reason {{key}},
  evidence {{key}},
  ref BIGINT NOT NULL,
  PRIMARY KEY (clock_id, seq)
){{strict}};

-- The waits of jobs. A clock that starts while its job waits takes the open ones over.
CREATE TABLE clocks_wait (
  id {{key}} PRIMARY KEY,
  job_kind {{key}} NOT NULL,
  job_id {{key}} NOT NULL,
  waited_for {{key}} NOT NULL,
  reason {{key}} NOT NULL,
  evidence {{key}} NOT NULL,
  occurred_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL,
  ended_at BIGINT,
  end_recorded_at BIGINT
){{strict}};
CREATE INDEX clocks_wait_job ON clocks_wait (job_kind, job_id);
CREATE UNIQUE INDEX clocks_wait_open ON clocks_wait (job_kind, job_id, waited_for, evidence) WHERE ended_at IS NULL;

-- Raised by whoever starts a clock on a known job, or makes it wait or go on: they follow one another.
CREATE TABLE clocks_job (
  kind {{key}} NOT NULL,
  id {{key}} NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (kind, id)
){{strict}};

-- How often policies and calendars were changed: nodes keep both in memory.
CREATE TABLE clocks_revision (
  name {{key}} PRIMARY KEY,
  value BIGINT NOT NULL
){{strict}};

CREATE TABLE clocks_policy (
  id {{key}} PRIMARY KEY,
  milestone {{key}} NOT NULL,
  party {{key}} NOT NULL,
  brand_id {{key}},
  body TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
){{strict}};

-- Calendars and imported holidays, one row a publication: a clock that has ended keeps counting by what
-- held then. rev is the revision of "calendars" that published the row.
CREATE TABLE clocks_calendar (
  id {{key}} NOT NULL,
  rev BIGINT NOT NULL,
  version BIGINT NOT NULL,
  body TEXT NOT NULL,
  published_at BIGINT NOT NULL,
  PRIMARY KEY (id, rev)
){{strict}};
CREATE TABLE clocks_holiday (
  country {{key}} NOT NULL,
  year BIGINT NOT NULL,
  rev BIGINT NOT NULL,
  version BIGINT NOT NULL,
  body TEXT NOT NULL,
  published_at BIGINT NOT NULL,
  PRIMARY KEY (country, year, rev)
){{strict}};

-- Published for reports: deadlines and how they ended.
CREATE VIEW clocks_pub_clock AS
SELECT id, job_kind, job_id, record_kind, record_id, party, milestone, brand_id, policy_id, status, started_at, due_at,
  breached_at, met_at, void_at, amended_at
FROM clocks_clock;
