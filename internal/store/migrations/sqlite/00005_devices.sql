-- +goose Up

-- The mirror is a cache: its devices are read again by the next sync rather than carried over.
DROP TABLE device;
UPDATE sync_state SET completed_at = '', completed_start = '', next_at = '';

-- Where a device stands is read from org when asked, so that a moved organization takes its devices along.
CREATE TABLE device (
    id                 INTEGER PRIMARY KEY,   -- stays when the row is rewritten: the text index points to it
    guid               TEXT NOT NULL UNIQUE,
    vendor_id          TEXT NOT NULL,
    name               TEXT NOT NULL,
    host_name          TEXT NOT NULL,
    external_reference TEXT NOT NULL,
    org_uid            TEXT NOT NULL,
    user_uid           TEXT NOT NULL,
    username           TEXT NOT NULL,
    status             TEXT NOT NULL,
    active             INTEGER NOT NULL,
    blocked            INTEGER NOT NULL,
    deauthorized       INTEGER NOT NULL,
    alert              INTEGER NOT NULL,
    alerts             TEXT NOT NULL,
    os_name            TEXT NOT NULL,
    os_version         TEXT NOT NULL,
    client_version     TEXT NOT NULL,
    last_connected     TEXT NOT NULL,
    last_completed     TEXT NOT NULL,
    created            TEXT NOT NULL,
    stored_bytes       INTEGER NOT NULL,
    archives           INTEGER NOT NULL,
    destinations       TEXT NOT NULL,         -- for each: U+001E, GUID, U+001F, name
    sort_key           TEXT NOT NULL,         -- folded name
    search_text        TEXT NOT NULL,         -- folded fields, each behind a separator
    hash               TEXT NOT NULL,
    seen_at            TEXT NOT NULL,         -- when the vendor told what stands here
    missing            INTEGER NOT NULL
);
-- The orders of the list. The first, and that of a subtree, hold all that scope, states and text ask, so that walking
-- them reads the table for shown rows only.
CREATE INDEX device_by_name ON device (sort_key, guid, org_uid, active, blocked, deauthorized, alert, search_text);
CREATE INDEX device_of_org ON device (org_uid, sort_key, guid, active, blocked, deauthorized, alert, search_text);
CREATE INDEX device_by_connected ON device (last_connected, guid, org_uid);
CREATE INDEX device_by_completed ON device (last_completed, guid, org_uid);
CREATE INDEX device_by_stored ON device (stored_bytes, guid, org_uid);
-- A person's devices, the newest last.
CREATE INDEX device_of_user ON device (user_uid, last_connected, guid, active, org_uid);
-- Whether a device's organization lies in a scope.
CREATE INDEX org_place ON org (uid, path);

-- Which devices hold which three characters. The texts themselves and the places in them are not kept twice: whoever
-- asks looks at the row again.
CREATE VIRTUAL TABLE device_text USING fts5(search_text, content='', contentless_delete=1, detail='none', tokenize='trigram case_sensitive 1');
-- +goose StatementBegin
CREATE TRIGGER device_text_insert AFTER INSERT ON device BEGIN
    INSERT INTO device_text (rowid, search_text) VALUES (NEW.id, NEW.search_text);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER device_text_update AFTER UPDATE OF search_text ON device WHEN OLD.search_text <> NEW.search_text BEGIN
    DELETE FROM device_text WHERE rowid = OLD.id;
    INSERT INTO device_text (rowid, search_text) VALUES (NEW.id, NEW.search_text);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER device_text_delete AFTER DELETE ON device BEGIN
    DELETE FROM device_text WHERE rowid = OLD.id;
END;
-- +goose StatementEnd

-- +goose Down
DROP TABLE device_text;
DROP INDEX org_place;
DROP TABLE device;
CREATE TABLE device (
    guid               TEXT PRIMARY KEY,
    name               TEXT NOT NULL,
    host_name          TEXT NOT NULL,
    external_reference TEXT NOT NULL,
    org_uid            TEXT NOT NULL,
    user_uid           TEXT NOT NULL,
    username           TEXT NOT NULL,
    status             TEXT NOT NULL,
    active             INTEGER NOT NULL,
    blocked            INTEGER NOT NULL,
    deauthorized       INTEGER NOT NULL,
    alert              INTEGER NOT NULL,
    alerts             TEXT NOT NULL,
    os_name            TEXT NOT NULL,
    os_version         TEXT NOT NULL,
    client_version     TEXT NOT NULL,
    last_connected     TEXT NOT NULL,
    last_completed     TEXT NOT NULL,
    created            TEXT NOT NULL,
    stored_bytes       INTEGER NOT NULL,
    sort_key           TEXT NOT NULL,
    search_text        TEXT NOT NULL,
    hash               TEXT NOT NULL,
    seen_at            TEXT NOT NULL,
    missing            INTEGER NOT NULL
);
CREATE INDEX device_list ON device (sort_key, guid, org_uid, active, blocked, deauthorized, alert, search_text);
