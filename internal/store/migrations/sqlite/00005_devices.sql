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
-- The orders of the list.
CREATE INDEX device_by_name ON device (sort_key, guid, org_uid, active, blocked, deauthorized, alert);
CREATE INDEX device_by_connected ON device (last_connected, guid, org_uid);
CREATE INDEX device_by_completed ON device (last_completed, guid, org_uid);
CREATE INDEX device_by_stored ON device (stored_bytes, guid, org_uid);
-- A subtree's devices; a person's devices, the newest last.
CREATE INDEX device_of_org ON device (org_uid, active);
CREATE INDEX device_of_user ON device (user_uid, last_connected, guid, active, org_uid);

-- +goose Down
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
