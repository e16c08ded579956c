-- +goose Up
-- Uploaded files; their bytes lie sealed in the content store under the name in column object.
CREATE TABLE files_file (
  id {{key}} PRIMARY KEY,
  object {{key}} NOT NULL,
  record_kind {{key}},
  record_id {{key}},
  purpose {{key}} NOT NULL,
  name_sealed {{bytes}},
  content_type {{key}} NOT NULL,
  size BIGINT NOT NULL,
  sha256 {{key}} NOT NULL,
  width BIGINT NOT NULL,
  height BIGINT NOT NULL,
  exif_taken_at BIGINT,
  exif_lat {{real}},
  exif_lon {{real}},
  key_id {{key}} NOT NULL REFERENCES crypt_key(id),
  state {{key}} NOT NULL,
  created_by {{key}} NOT NULL,
  created_at BIGINT NOT NULL,
  attached_at BIGINT,
  brand_id {{key}},
  outlet_path {{key}}
){{strict}};
CREATE UNIQUE INDEX files_file_object ON files_file (object);
CREATE INDEX files_file_record ON files_file (record_kind, record_id, created_at, id) WHERE record_id IS NOT NULL;
CREATE INDEX files_file_sweep ON files_file (state, created_at) WHERE state IN ('stored', 'deleted');
CREATE INDEX files_file_content ON files_file (sha256);
CREATE INDEX files_file_key ON files_file (key_id);
