-- +goose Up
CREATE INDEX cases_case_occurred ON cases_case (occurred_at);
