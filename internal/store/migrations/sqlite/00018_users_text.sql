-- +goose Up

-- Users with a number that stays when the row is rewritten and when the file is tidied up: the text index points to it.
CREATE TABLE person_numbered (
    id          INTEGER PRIMARY KEY,
    uid         TEXT NOT NULL UNIQUE,
    username    TEXT NOT NULL,
    email       TEXT NOT NULL,
    name        TEXT NOT NULL,
    org_uid     TEXT NOT NULL,
    active      INTEGER NOT NULL,
    blocked     INTEGER NOT NULL,
    sort_key    TEXT NOT NULL, -- folded username
    search_text TEXT NOT NULL, -- folded fields, each behind a separator
    hash        TEXT NOT NULL,
    missing     INTEGER NOT NULL
);
INSERT INTO person_numbered (uid, username, email, name, org_uid, active, blocked, sort_key, search_text, hash, missing)
    SELECT uid, username, email, name, org_uid, active, blocked, sort_key, search_text, hash, missing FROM person;
DROP TABLE person;
ALTER TABLE person_numbered RENAME TO person;

-- The list in order, for large scopes and for small ones, with all that its filters ask.
CREATE INDEX person_list ON person (sort_key, uid, org_uid, active, blocked, search_text);
CREATE INDEX person_org ON person (org_uid, sort_key, uid, active, blocked, search_text);

-- Which users hold which three characters, as for devices.
CREATE VIRTUAL TABLE person_text USING fts5(search_text, content='', contentless_delete=1, detail='none', tokenize='trigram case_sensitive 1');
INSERT INTO person_text (rowid, search_text) SELECT id, search_text FROM person;
-- +goose StatementBegin
CREATE TRIGGER person_text_insert AFTER INSERT ON person BEGIN
    INSERT INTO person_text (rowid, search_text) VALUES (NEW.id, NEW.search_text);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER person_text_update AFTER UPDATE OF search_text ON person WHEN OLD.search_text <> NEW.search_text BEGIN
    DELETE FROM person_text WHERE rowid = OLD.id;
    INSERT INTO person_text (rowid, search_text) VALUES (NEW.id, NEW.search_text);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER person_text_delete AFTER DELETE ON person BEGIN
    DELETE FROM person_text WHERE rowid = OLD.id;
END;
-- +goose StatementEnd

-- The counts of organizations are kept as before.
-- +goose StatementBegin
CREATE TRIGGER person_counted AFTER INSERT ON person BEGIN
    INSERT INTO org_count VALUES (NEW.org_uid, 0, 0, 0, 1)
        ON CONFLICT (org_uid) DO UPDATE SET users = users + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER person_recounted AFTER UPDATE ON person WHEN OLD.org_uid <> NEW.org_uid BEGIN
    UPDATE org_count SET users = users - 1 WHERE org_uid = OLD.org_uid;
    INSERT INTO org_count VALUES (NEW.org_uid, 0, 0, 0, 1)
        ON CONFLICT (org_uid) DO UPDATE SET users = users + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER person_uncounted AFTER DELETE ON person BEGIN
    UPDATE org_count SET users = users - 1 WHERE org_uid = OLD.org_uid;
END;
-- +goose StatementEnd

-- +goose Down
-- The number stays: SQLite takes no primary key away.
DROP TRIGGER person_text_delete;
DROP TRIGGER person_text_update;
DROP TRIGGER person_text_insert;
DROP TABLE person_text;
