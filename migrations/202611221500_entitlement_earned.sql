-- +goose Up
-- What of a contract's price has been earned by the passing of its days, and up to which day: booked month by month.
ALTER TABLE entitlement_contract ADD COLUMN earned BIGINT NOT NULL DEFAULT 0;
ALTER TABLE entitlement_contract ADD COLUMN earned_to {{key}} NOT NULL DEFAULT '';
