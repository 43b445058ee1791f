-- +goose Up

-- What organizations follow the one above for, as their settings said when they were read last: 2 they follow, 1 they have
-- values of their own, 0 nobody knows. An organization without a row has not been read.
CREATE TABLE org_settings (
    org_uid         TEXT PRIMARY KEY,
    quota           INTEGER NOT NULL,
    reporting       INTEGER NOT NULL,
    destinations    INTEGER NOT NULL,
    device_defaults INTEGER NOT NULL,
    packets         INTEGER NOT NULL, -- 1 only when it provides all of them
    defaults_hash   TEXT NOT NULL,    -- changes with the values that its devices are compared with
    read_at         TEXT NOT NULL,    -- empty: never
    tried_at        TEXT NOT NULL     -- empty: at once
) WITHOUT ROWID;
CREATE INDEX org_settings_due ON org_settings (tried_at, org_uid);

-- Which devices were compared with the defaults of which organization, and when.
CREATE TABLE device_compared (
    device_guid TEXT PRIMARY KEY,
    org_uid     TEXT NOT NULL,
    compared_at TEXT NOT NULL, -- empty: never
    tried_at    TEXT NOT NULL  -- empty: at once
) WITHOUT ROWID;
CREATE INDEX device_compared_due ON device_compared (tried_at, device_guid);
CREATE INDEX device_compared_org ON device_compared (org_uid, compared_at);

-- Where a device differed from them: one row for each value.
CREATE TABLE device_drift (
    device_guid  TEXT NOT NULL,
    key          TEXT NOT NULL,
    org_uid      TEXT NOT NULL, -- whose defaults
    property     TEXT NOT NULL, -- the key without the number of a backup set
    label        TEXT NOT NULL,
    org_value    TEXT NOT NULL, -- both in words
    device_value TEXT NOT NULL,
    locked       INTEGER NOT NULL,
    since        TEXT NOT NULL, -- when it was seen first, without a reading in between that did not
    seen         TEXT NOT NULL, -- when it was seen last
    PRIMARY KEY (device_guid, key)
) WITHOUT ROWID;
CREATE INDEX device_drift_org ON device_drift (org_uid, property);

-- The active devices of an organization, to be counted and walked through.
CREATE INDEX device_active_of_org ON device (org_uid, guid) WHERE active;

-- +goose Down
DROP INDEX device_active_of_org;
DROP TABLE device_drift;
DROP TABLE device_compared;
DROP TABLE org_settings;
