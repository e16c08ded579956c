-- +goose Up
ALTER TABLE events_event ALTER COLUMN txid SET DEFAULT (pg_current_xact_id()::text::bigint + db_feed_offset());
