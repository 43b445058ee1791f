-- +goose Up

-- The mirror of the vendor's organizations, users and devices. hash covers what the vendor told, so that a sync touches
-- only rows that changed; missing is the generation of the sync that no longer met the row, 0 otherwise.
-- Nothing references anything: the vendor's lists are read one after the other and need not agree.

-- path is "/rootUid/…/uid/", or empty for an organization that has no place in the tree and so is in nobody's scope.
CREATE TABLE org (
    uid                TEXT COLLATE "C" PRIMARY KEY,
    parent_uid         TEXT COLLATE "C" NOT NULL,
    name               TEXT COLLATE "C" NOT NULL,
    external_reference TEXT COLLATE "C" NOT NULL,
    path               TEXT COLLATE "C" NOT NULL,
    depth              BIGINT NOT NULL,
    active             BOOLEAN NOT NULL,
    blocked            BOOLEAN NOT NULL,
    hash               TEXT COLLATE "C" NOT NULL,
    missing            BIGINT NOT NULL
);
-- The whole scope question is answered from this index.
CREATE INDEX org_path ON org (path, uid);

CREATE TABLE person (
    uid      TEXT COLLATE "C" PRIMARY KEY,
    username TEXT COLLATE "C" NOT NULL,
    email    TEXT COLLATE "C" NOT NULL,
    name     TEXT COLLATE "C" NOT NULL,
    org_uid  TEXT COLLATE "C" NOT NULL,
    active   BOOLEAN NOT NULL,
    blocked  BOOLEAN NOT NULL,
    hash     TEXT COLLATE "C" NOT NULL,
    missing  BIGINT NOT NULL
);

-- Where a device stands is read from org when asked, so that a moved organization takes its devices along.
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
    sort_key           TEXT COLLATE "C" NOT NULL, -- folded name
    search_text        TEXT COLLATE "C" NOT NULL, -- folded fields, each behind a separator
    hash               TEXT COLLATE "C" NOT NULL,
    seen_at            TEXT COLLATE "C" NOT NULL, -- when the vendor told what stands here
    missing            BIGINT NOT NULL
);
-- The list's order. search_text is not in it: an entry of an index holds 2,700 bytes at most.
CREATE INDEX device_list ON device (sort_key, guid);

-- One row: which sync ran or runs, and how it went.
CREATE TABLE sync_state (
    id              INTEGER PRIMARY KEY CHECK (id = 1),
    generation      BIGINT NOT NULL,
    lease_seconds   BIGINT NOT NULL,
    lease_until     TEXT COLLATE "C" NOT NULL, -- empty: no sync runs
    started_at      TEXT COLLATE "C" NOT NULL,
    completed_at    TEXT COLLATE "C" NOT NULL,
    completed_start TEXT COLLATE "C" NOT NULL, -- when the last complete sync began: what it met is at least that fresh
    failed_at       TEXT COLLATE "C" NOT NULL, -- empty unless the newest attempt failed
    failure         TEXT COLLATE "C" NOT NULL,
    next_at         TEXT COLLATE "C" NOT NULL
);
INSERT INTO sync_state VALUES (1, 0, 0, '', '', '', '', '', '', '');

-- +goose Down
DROP TABLE sync_state;
DROP TABLE device;
DROP TABLE person;
DROP TABLE org;
