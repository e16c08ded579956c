-- +goose Up
-- Tools that a person has along, his own or in the van: codes separated by a blank, sorted.
ALTER TABLE workforce_staff ADD COLUMN tools {{key}} NOT NULL DEFAULT '';
