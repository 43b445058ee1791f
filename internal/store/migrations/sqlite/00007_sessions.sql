-- +goose Up

-- Whose a session is and where it began, beside the claims: sessions are listed and ended by person, and by the
-- provider's own session id.
ALTER TABLE session ADD COLUMN person TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN issuer TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN sid TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN agent TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN address TEXT NOT NULL DEFAULT '';
UPDATE session SET
    person = (claims ->> '$.iss') || '|' || (claims ->> '$.sub'),
    issuer = claims ->> '$.iss',
    sid    = coalesce(claims ->> '$.sid', '');
CREATE INDEX session_person ON session (person);
CREATE INDEX session_sid ON session (issuer, sid);

-- Logout tokens that were used, until they cannot be used again. The id is the SHA-256 of issuer and token id.
CREATE TABLE logout_token (
    id         BLOB PRIMARY KEY CHECK (length(id) = 32),
    expires_at TEXT NOT NULL
);
CREATE INDEX logout_token_expires ON logout_token (expires_at);

-- +goose Down
DROP TABLE logout_token;
DROP INDEX session_sid;
DROP INDEX session_person;
ALTER TABLE session DROP COLUMN address;
ALTER TABLE session DROP COLUMN agent;
ALTER TABLE session DROP COLUMN sid;
ALTER TABLE session DROP COLUMN issuer;
ALTER TABLE session DROP COLUMN person;
