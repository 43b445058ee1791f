-- +goose Up

-- The mirror of the vendor's organizations, users and devices. hash covers what the vendor told, so that a sync touches
-- only rows that changed; missing is the generation of the sync that no longer met the row, 0 otherwise.
-- Nothing references anything: the vendor's lists are read one after the other and need not agree.

-- path is "/rootUid/…/uid/", or empty for an organization that has no place in the tree and so is in nobody's scope.
CREATE TABLE org (
    uid                TEXT PRIMARY KEY,
    parent_uid         TEXT NOT NULL,
    name               TEXT NOT NULL,
    external_reference TEXT NOT NULL,
    path               TEXT NOT NULL,
    depth              INTEGER NOT NULL,
    active             INTEGER NOT NULL,
    blocked            INTEGER NOT NULL,
    hash               TEXT NOT NULL,
    missing            INTEGER NOT NULL
);
-- The whole scope question is answered from this index.
CREATE INDEX org_path ON org (path, uid);

CREATE TABLE person (
    uid      TEXT PRIMARY KEY,
    username TEXT NOT NULL,
    email    TEXT NOT NULL,
    name     TEXT NOT NULL,
    org_uid  TEXT NOT NULL,
    active   INTEGER NOT NULL,
    blocked  INTEGER NOT NULL,
    hash     TEXT NOT NULL,
    missing  INTEGER NOT NULL
);

-- Where a device stands is read from org when asked, so that a moved organization takes its devices along.
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
    sort_key           TEXT NOT NULL, -- folded name
    search_text        TEXT NOT NULL, -- folded fields, each behind a separator
    hash               TEXT NOT NULL,
    seen_at            TEXT NOT NULL, -- when the vendor told what stands here
    missing            INTEGER NOT NULL
);
-- The list's order, with all that its filters and counts ask: the walk along it touches the table for shown rows only.
CREATE INDEX device_list ON device (sort_key, guid, org_uid, active, blocked, deauthorized, alert, search_text);

-- One row: which sync ran or runs, and how it went.
CREATE TABLE sync_state (
    id              INTEGER PRIMARY KEY CHECK (id = 1),
    generation      INTEGER NOT NULL,
    lease_seconds   INTEGER NOT NULL,
    lease_until     TEXT NOT NULL, -- empty: no sync runs
    started_at      TEXT NOT NULL,
    completed_at    TEXT NOT NULL,
    completed_start TEXT NOT NULL, -- when the last complete sync began: what it met is at least that fresh
    failed_at       TEXT NOT NULL, -- empty unless the newest attempt failed
    failure         TEXT NOT NULL,
    next_at         TEXT NOT NULL
);
INSERT INTO sync_state VALUES (1, 0, 0, '', '', '', '', '', '', '');

-- +goose Down
DROP TABLE sync_state;
DROP TABLE device;
DROP TABLE person;
DROP TABLE org;
