-- +goose Up
-- All entries of one record, and of its parts ("<id>/2026-11-30").
CREATE INDEX ledger_entry_ref ON ledger_entry (ref, recorded_at);
