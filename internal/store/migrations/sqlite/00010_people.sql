-- +goose Up

-- What the identity provider last said of everybody who ever signed in; internal/auth owns what it gives them. It stays
-- when sessions end: whether a vote counts is asked long after its voter has left.
CREATE TABLE known_person (
    person_key TEXT PRIMARY KEY,
    issuer     TEXT NOT NULL,
    subject    TEXT NOT NULL,
    name       TEXT NOT NULL,
    email      TEXT NOT NULL,
    member_of  TEXT NOT NULL, -- JSON array of the groups' names
    too_many   BOOLEAN NOT NULL,
    seen_at    TEXT NOT NULL
);
CREATE INDEX known_person_seen ON known_person (seen_at);
INSERT INTO known_person (person_key, issuer, subject, name, email, member_of, too_many, seen_at)
SELECT person, claims ->> '$.iss', claims ->> '$.sub', coalesce(claims ->> '$.name', ''), coalesce(claims ->> '$.email', ''),
       coalesce(claims -> '$.groups', '[]'), coalesce(claims ->> '$.too_many_groups', 0), created_at
FROM session AS newest
WHERE NOT EXISTS (
    SELECT 1 FROM session AS other
    WHERE other.person = newest.person AND (other.created_at, other.id) > (newest.created_at, newest.id)
);

-- A sign-in that has to prove the person anew, and when it began.
ALTER TABLE sign_in ADD COLUMN fresh BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE sign_in ADD COLUMN began_at TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE sign_in DROP COLUMN began_at;
ALTER TABLE sign_in DROP COLUMN fresh;
DROP TABLE known_person;
