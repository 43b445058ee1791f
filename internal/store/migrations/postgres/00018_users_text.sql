-- +goose Up

-- A number that stays when the row is rewritten: users are drawn by it at random.
ALTER TABLE person ADD COLUMN id BIGINT GENERATED ALWAYS AS IDENTITY UNIQUE;

-- The list in order, for large scopes and for small ones, with all that its filters ask.
DROP INDEX person_list;
DROP INDEX person_org;
CREATE INDEX person_list ON person (sort_key, uid) INCLUDE (id, org_uid, active, blocked, search_text);
CREATE INDEX person_org ON person (org_uid, sort_key, uid) INCLUDE (id, active, blocked, search_text);

-- Which users hold which three characters, as for devices.
CREATE INDEX person_text ON person USING gin (search_text gin_trgm_ops) WITH (fastupdate = off);

-- +goose Down
DROP INDEX person_text;
DROP INDEX person_org;
DROP INDEX person_list;
ALTER TABLE person DROP COLUMN id;
CREATE INDEX person_list ON person (sort_key, uid) INCLUDE (org_uid, active, blocked);
CREATE INDEX person_org ON person (org_uid, sort_key, uid) INCLUDE (active, blocked);
