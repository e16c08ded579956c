-- +goose Up
-- What is added to a transaction's number in feeds. A restored database runs in a cluster that counts its
-- transactions anew: platform/db raises the offset then, so that what is written goes on behind what was.
-- +goose StatementBegin
CREATE FUNCTION db_feed_offset() RETURNS BIGINT LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT 0::bigint $$;
-- +goose StatementEnd
