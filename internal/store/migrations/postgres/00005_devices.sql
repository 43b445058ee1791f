-- +goose Up

-- The mirror is a cache: its devices are read again by the next sync rather than carried over.
DROP TABLE device;
UPDATE sync_state SET completed_at = '', completed_start = '', next_at = '';

-- Where a device stands is read from org when asked, so that a moved organization takes its devices along.
CREATE TABLE device (
    id                 BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- stays when the row is rewritten: the text index points to it
    guid               TEXT COLLATE "C" NOT NULL UNIQUE,
    vendor_id          TEXT COLLATE "C" NOT NULL,
    name               TEXT COLLATE "C" NOT NULL,
    host_name          TEXT COLLATE "C" NOT NULL,
    external_reference TEXT COLLATE "C" NOT NULL,
    org_uid            TEXT COLLATE "C" NOT NULL,
    user_uid           TEXT COLLATE "C" NOT NULL,
    username           TEXT COLLATE "C" NOT NULL,
    status             TEXT COLLATE "C" NOT NULL,
    active             BOOLEAN NOT NULL,
    blocked            BOOLEAN NOT NULL,
    deauthorized       BOOLEAN NOT NULL,
    alert              BOOLEAN NOT NULL,
    alerts             TEXT COLLATE "C" NOT NULL,
    os_name            TEXT COLLATE "C" NOT NULL,
    os_version         TEXT COLLATE "C" NOT NULL,
    client_version     TEXT COLLATE "C" NOT NULL,
    last_connected     TEXT COLLATE "C" NOT NULL,
    last_completed     TEXT COLLATE "C" NOT NULL,
    created            TEXT COLLATE "C" NOT NULL,
    stored_bytes       BIGINT NOT NULL,
    archives           BIGINT NOT NULL,
    destinations       TEXT COLLATE "C" NOT NULL,   -- for each: U+001E, GUID, U+001F, name
    sort_key           TEXT COLLATE "C" NOT NULL, -- folded name
    search_text        TEXT COLLATE "C" NOT NULL, -- folded fields, each behind a separator
    hash               TEXT COLLATE "C" NOT NULL,
    seen_at            TEXT COLLATE "C" NOT NULL, -- when the vendor told what stands here
    missing            BIGINT NOT NULL
);
-- The orders of the list. The first, and that of a subtree, hold all that scope, states and text ask, so that walking
-- them reads the table for shown rows only. An entry has 2,700 bytes at most: the program keeps the texts shorter.
CREATE INDEX device_by_name ON device (sort_key, guid) INCLUDE (id, org_uid, active, blocked, deauthorized, alert, search_text);
CREATE INDEX device_of_org ON device (org_uid, sort_key, guid) INCLUDE (id, active, blocked, deauthorized, alert, search_text);
CREATE INDEX device_by_connected ON device (last_connected, guid, org_uid);
CREATE INDEX device_by_completed ON device (last_completed, guid, org_uid);
CREATE INDEX device_by_stored ON device (stored_bytes, guid, org_uid);
-- A person's devices, the newest last.
CREATE INDEX device_of_user ON device (user_uid, last_connected, guid, active, org_uid);
-- Whether a device's organization lies in a scope.
CREATE INDEX org_place ON org (uid, path);

-- Which devices hold which three characters. The extension comes with PostgreSQL and may be made by the database's owner.
-- Without a list of pending entries: a search never pays for what a sync has put off.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX device_text ON device USING gin (search_text gin_trgm_ops) WITH (fastupdate = off);

-- +goose Down
DROP INDEX org_place;
DROP TABLE device;
CREATE TABLE device (
    guid               TEXT COLLATE "C" PRIMARY KEY,
    name               TEXT COLLATE "C" NOT NULL,
    host_name          TEXT COLLATE "C" NOT NULL,
    external_reference TEXT COLLATE "C" NOT NULL,
    org_uid            TEXT COLLATE "C" NOT NULL,
    user_uid           TEXT COLLATE "C" NOT NULL,
    username           TEXT COLLATE "C" NOT NULL,
    status             TEXT COLLATE "C" NOT NULL,
    active             BOOLEAN NOT NULL,
    blocked            BOOLEAN NOT NULL,
    deauthorized       BOOLEAN NOT NULL,
    alert              BOOLEAN NOT NULL,
    alerts             TEXT COLLATE "C" NOT NULL,
    os_name            TEXT COLLATE "C" NOT NULL,
    os_version         TEXT COLLATE "C" NOT NULL,
    client_version     TEXT COLLATE "C" NOT NULL,
    last_connected     TEXT COLLATE "C" NOT NULL,
    last_completed     TEXT COLLATE "C" NOT NULL,
    created            TEXT COLLATE "C" NOT NULL,
    stored_bytes       BIGINT NOT NULL,
    sort_key           TEXT COLLATE "C" NOT NULL,
    search_text        TEXT COLLATE "C" NOT NULL,
    hash               TEXT COLLATE "C" NOT NULL,
    seen_at            TEXT COLLATE "C" NOT NULL,
    missing            BIGINT NOT NULL
);
CREATE INDEX device_list ON device (sort_key, guid);
