-- +goose Up
-- How many notices a campaign sent within the last minute.
CREATE INDEX maintenance_notice_recent ON maintenance_notice (campaign_id, queued_at);
