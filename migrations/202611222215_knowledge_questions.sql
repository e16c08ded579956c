-- +goose Up
-- What customers are asked when they report, by a firm's own words: for a brand ('' is every brand without its own), a
-- product line, and maybe one model ('' is all of them). edition counts what was published; a draft has none yet.
CREATE TABLE knowledge_question_set (
  id {{key}} PRIMARY KEY,
  brand_id {{key}} NOT NULL,
  category {{key}} NOT NULL REFERENCES catalog_category(code),
  model_id {{key}} NOT NULL,
  edition BIGINT NOT NULL,
  state {{key}} NOT NULL,
  questions {{json}} NOT NULL,
  saved_by {{key}} NOT NULL,
  saved_at BIGINT NOT NULL,
  decided_by {{key}} NOT NULL,
  decided_at BIGINT,
  version BIGINT NOT NULL
){{strict}};
CREATE INDEX knowledge_question_set_place ON knowledge_question_set (category, brand_id, model_id, edition);
CREATE UNIQUE INDEX knowledge_question_set_draft ON knowledge_question_set (category, brand_id, model_id) WHERE state = 'draft';
CREATE UNIQUE INDEX knowledge_question_set_published ON knowledge_question_set (category, brand_id, model_id) WHERE state = 'published';
