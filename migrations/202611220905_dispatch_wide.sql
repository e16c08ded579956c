-- +goose Up
-- Who sees all outlets plans one of them with what no outlet has yet; whose scope is an outlet does not see such a plan.
ALTER TABLE dispatch_plan ADD COLUMN wide {{bool}} NOT NULL DEFAULT {{false}};
ALTER TABLE dispatch_schedule ADD COLUMN wide {{bool}} NOT NULL DEFAULT {{false}};
ALTER TABLE dispatch_scenario ADD COLUMN wide {{bool}} NOT NULL DEFAULT {{false}};
