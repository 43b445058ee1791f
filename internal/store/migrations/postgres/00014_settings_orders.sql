-- +goose Up

-- JSON array: which of its parameters an operation has written.
ALTER TABLE operation ADD COLUMN written TEXT COLLATE "C" NOT NULL DEFAULT '[]';
-- How many devices an operation changes the settings of.
ALTER TABLE operation ADD COLUMN reach BIGINT NOT NULL DEFAULT 0;
-- What was changed lately, by when it was asked for or begun.
CREATE INDEX operation_reach_created ON operation (created) WHERE reach > 0;
CREATE INDEX operation_reach_started ON operation (started) WHERE reach > 0;

-- +goose Down
DROP INDEX operation_reach_started;
DROP INDEX operation_reach_created;
ALTER TABLE operation DROP COLUMN reach, DROP COLUMN written;
