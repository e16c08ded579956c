-- +goose Up
-- Who is called and who is asked by link only; what waits already is called about.
ALTER TABLE callbacks_callback ADD COLUMN by_call {{bool}} NOT NULL DEFAULT TRUE;
ALTER TABLE callbacks_callback ADD COLUMN remind_at BIGINT;
ALTER TABLE callbacks_callback ADD COLUMN give_up_at BIGINT;
CREATE INDEX callbacks_callback_calls ON callbacks_callback (due_at, id) WHERE ended_at IS NULL AND by_call;
CREATE INDEX callbacks_callback_remind ON callbacks_callback (remind_at) WHERE ended_at IS NULL AND remind_at IS NOT NULL;
CREATE INDEX callbacks_callback_give_up ON callbacks_callback (give_up_at) WHERE ended_at IS NULL AND give_up_at IS NOT NULL;
CREATE INDEX callbacks_callback_week ON callbacks_callback (outlet_path, created_at) WHERE by_call AND order_id IS NOT NULL;
