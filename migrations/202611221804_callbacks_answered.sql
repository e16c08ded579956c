-- +goose Up
CREATE INDEX callbacks_callback_answered ON callbacks_callback (answered_at) WHERE answered_at IS NOT NULL;
