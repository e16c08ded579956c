-- +goose Up
-- The tax within what was paid for a thing, as its invoice has it: in minor units, with the rate in millionths.
ALTER TABLE returns_purchase ADD COLUMN tax BIGINT NOT NULL DEFAULT 0;
ALTER TABLE returns_purchase ADD COLUMN tax_rate BIGINT NOT NULL DEFAULT 0;
ALTER TABLE returns_purchase ADD COLUMN tax_mode {{key}} NOT NULL DEFAULT '';

-- The tax within a refund, and the credit note (a red-letter invoice in China) that was issued for it.
ALTER TABLE returns_refund ADD COLUMN tax BIGINT NOT NULL DEFAULT 0;
ALTER TABLE returns_refund ADD COLUMN note_number {{key}} NOT NULL DEFAULT '';
ALTER TABLE returns_refund ADD COLUMN note_on {{key}} NOT NULL DEFAULT '';
