-- +goose Up
-- Tools in the store of an outlet, for its engineers to fetch: codes separated by a blank, sorted.
ALTER TABLE outlets_outlet ADD COLUMN tools {{key}} NOT NULL DEFAULT '';
