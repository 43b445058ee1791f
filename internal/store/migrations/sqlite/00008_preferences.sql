-- +goose Up

-- What a person chose: how pages look to them. internal/preference owns the names.
CREATE TABLE preference (
    person_key TEXT NOT NULL,
    name       TEXT NOT NULL,
    value      TEXT NOT NULL,
    PRIMARY KEY (person_key, name)
);

-- Lists kept under a name; query is the list's address without its path. share_org_uid is empty for a view that only
-- its owner sees.
CREATE TABLE saved_view (
    id            TEXT PRIMARY KEY,
    owner         TEXT NOT NULL,
    owner_name    TEXT NOT NULL,
    name          TEXT NOT NULL,
    query         TEXT NOT NULL,
    share_org_uid TEXT NOT NULL,
    created       TEXT NOT NULL
);
CREATE UNIQUE INDEX saved_view_name ON saved_view (owner, name);
CREATE INDEX saved_view_share ON saved_view (share_org_uid) WHERE share_org_uid <> '';

-- +goose Down
DROP TABLE saved_view;
DROP TABLE preference;
