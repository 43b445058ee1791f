-- +goose Up

-- What the identity provider last said of everybody who ever signed in; internal/auth owns what it gives them. It stays
-- when sessions end: whether a vote counts is asked long after its voter has left.
CREATE TABLE known_person (
    person_key TEXT COLLATE "C" PRIMARY KEY,
    issuer     TEXT NOT NULL,
    subject    TEXT NOT NULL,
    name       TEXT COLLATE "C" NOT NULL,
    email      TEXT NOT NULL,
    member_of  TEXT NOT NULL, -- JSON array of the groups' names
    too_many   BOOLEAN NOT NULL,
    seen_at    TEXT COLLATE "C" NOT NULL
);
CREATE INDEX known_person_seen ON known_person (seen_at);
INSERT INTO known_person (person_key, issuer, subject, name, email, member_of, too_many, seen_at)
SELECT DISTINCT ON (person)
       person, claims::json ->> 'iss', claims::json ->> 'sub', coalesce(claims::json ->> 'name', ''), coalesce(claims::json ->> 'email', ''),
       coalesce(claims::json ->> 'groups', '[]'), coalesce((claims::json ->> 'too_many_groups')::boolean, FALSE), created_at
FROM session
ORDER BY person, created_at DESC, id DESC;

-- A sign-in that has to prove the person anew, and when it began.
ALTER TABLE sign_in ADD COLUMN fresh BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE sign_in ADD COLUMN began_at TEXT COLLATE "C" NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE sign_in DROP COLUMN began_at;
ALTER TABLE sign_in DROP COLUMN fresh;
DROP TABLE known_person;
