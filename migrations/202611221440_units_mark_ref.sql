-- +goose Up
-- A unit may bear the same mark for several records at once (two recalls); stop_sale: nobody may sell, give or lend it.
CREATE TABLE units_mark_by_ref (
  unit_id {{key}} NOT NULL REFERENCES units_unit(id),
  mark {{key}} NOT NULL,
  ref {{key}} NOT NULL,
  reason {{key}} NOT NULL,
  stop_sale {{bool}} NOT NULL,
  set_at BIGINT NOT NULL,
  PRIMARY KEY (unit_id, mark, ref)
){{strict}};
INSERT INTO units_mark_by_ref (unit_id, mark, ref, reason, stop_sale, set_at) SELECT unit_id, mark, '', reason, {{false}}, set_at FROM units_mark;
DROP TABLE units_mark;
ALTER TABLE units_mark_by_ref RENAME TO units_mark;
CREATE INDEX units_mark_mark ON units_mark (mark, unit_id);
CREATE INDEX units_mark_stopped ON units_mark (unit_id, mark, ref) WHERE stop_sale;
