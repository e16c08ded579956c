-- +goose Up
-- When ways take longer, or less long, for the engineers of a brand: rows of days, hours on the clock of the place and per cent.
ALTER TABLE dispatch_policy ADD COLUMN rush_hours {{json}} NOT NULL DEFAULT '[]';
