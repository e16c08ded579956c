-- +goose Up
-- People of the outlets. The name is clear (customers see it); the phone is sealed under the person's key.
CREATE TABLE workforce_staff (
  id {{key}} PRIMARY KEY,
  number {{key}},                            -- the firm's own staff number
  outlet_id {{key}} NOT NULL REFERENCES outlets_outlet(id),
  outlet_path {{key}} NOT NULL,
  user_id {{key}},                           -- identity's user; no foreign key
  name TEXT NOT NULL,
  job {{key}} NOT NULL,
  state {{key}} NOT NULL,
  brands {{key}} NOT NULL DEFAULT '',        -- ids separated by a blank; empty is all of the outlet's
  skills {{key}} NOT NULL DEFAULT '',        -- ' GAS:3 LVE:2 ', sorted, with blanks at both ends
  lat {{real}}, lon {{real}}, point_precision {{key}} NOT NULL DEFAULT '', point_source {{key}} NOT NULL DEFAULT '',
  van_place {{key}} NOT NULL DEFAULT '',
  max_visits BIGINT NOT NULL DEFAULT 0,
  key_id {{key}} NOT NULL,
  phone_sealed {{bytes}},
  phone_lookup {{bytes}},
  joined_on {{key}} NOT NULL DEFAULT '',
  left_on {{key}} NOT NULL DEFAULT '',
  week {{json}},                             -- shift template; NULL: the outlet's hours
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL DEFAULT 1
){{strict}};
CREATE UNIQUE INDEX workforce_staff_number ON workforce_staff (number) WHERE number IS NOT NULL;
CREATE UNIQUE INDEX workforce_staff_user ON workforce_staff (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX workforce_staff_outlet ON workforce_staff (outlet_path, id);
CREATE INDEX workforce_staff_phone ON workforce_staff (phone_lookup) WHERE phone_lookup IS NOT NULL;

-- Certificates; dates are local days, '' is none. due is the day that it ends without a re-check.
CREATE TABLE workforce_certificate (
  id {{key}} PRIMARY KEY,
  staff_id {{key}} NOT NULL REFERENCES workforce_staff(id),
  code {{key}} NOT NULL,
  number_sealed {{bytes}},
  issued_on {{key}} NOT NULL,
  valid_to {{key}} NOT NULL,
  recheck_by {{key}} NOT NULL,
  due {{key}} NOT NULL
){{strict}};
CREATE INDEX workforce_certificate_staff ON workforce_certificate (staff_id, code);
CREATE INDEX workforce_certificate_due ON workforce_certificate (due) WHERE due <> '';

-- A date apart from the template: windows separated by a blank, none is a day off.
CREATE TABLE workforce_shift_day (
  staff_id {{key}} NOT NULL REFERENCES workforce_staff(id),
  date {{key}} NOT NULL,
  windows {{key}} NOT NULL,
  PRIMARY KEY (staff_id, date)
){{strict}};

CREATE TABLE workforce_absence (
  id {{key}} PRIMARY KEY,
  staff_id {{key}} NOT NULL REFERENCES workforce_staff(id),
  kind {{key}} NOT NULL,
  starts_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  cancelled {{bool}} NOT NULL DEFAULT {{false}},
  created_at BIGINT NOT NULL,
  version BIGINT NOT NULL DEFAULT 1
){{strict}};
CREATE INDEX workforce_absence_staff ON workforce_absence (staff_id, ends_at);

-- The guard of an engineer's day: its row is locked and counted by whoever changes what he has to do.
CREATE TABLE workforce_engineer_day (
  engineer_id {{key}} NOT NULL REFERENCES workforce_staff(id),
  date {{key}} NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (engineer_id, date)
){{strict}};

CREATE TABLE workforce_external (
  system {{key}} NOT NULL,
  external_id {{key}} NOT NULL,
  staff_id {{key}} NOT NULL REFERENCES workforce_staff(id),
  PRIMARY KEY (system, external_id)
){{strict}};
CREATE INDEX workforce_external_staff ON workforce_external (staff_id);
