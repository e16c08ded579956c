-- +goose Up
-- Deadlines by the instant at which they were kept or broken.
CREATE INDEX clocks_clock_met ON clocks_clock (met_at, milestone) WHERE met_at IS NOT NULL;
CREATE INDEX clocks_clock_breached ON clocks_clock (breached_at) WHERE breached_at IS NOT NULL;
