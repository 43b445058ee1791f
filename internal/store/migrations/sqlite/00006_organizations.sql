-- +goose Up

-- The order of lists and the texts that are searched, folded by the program. Empty until the next sync, whose hashes
-- cover them: it writes every row once.
ALTER TABLE org ADD COLUMN sort_key TEXT NOT NULL DEFAULT '';
ALTER TABLE org ADD COLUMN search_text TEXT NOT NULL DEFAULT '';
-- The path without its last uid: "/" at the top, empty for an organization without a place in the tree.
ALTER TABLE org ADD COLUMN parent_path TEXT NOT NULL DEFAULT '';
UPDATE org SET parent_path = substr(path, 1, length(path) - length(uid) - 1) WHERE path <> '';
ALTER TABLE person ADD COLUMN sort_key TEXT NOT NULL DEFAULT '';
ALTER TABLE person ADD COLUMN search_text TEXT NOT NULL DEFAULT '';

-- A level of the tree in order, and the subtrees below its organizations with what counting them asks.
CREATE INDEX org_level ON org (parent_path, sort_key, uid);
DROP INDEX org_path;
CREATE INDEX org_path ON org (path, uid, depth);

-- The list of users in order, for large scopes and for small ones, with all that its filters ask.
CREATE INDEX person_list ON person (sort_key, uid, org_uid, active, blocked, search_text);
CREATE INDEX person_org ON person (org_uid, sort_key, uid, active, blocked, search_text);

-- What stands directly in each organization; a subtree's counts are sums over a range of paths. Kept by triggers, so that
-- no way of writing a device or a user can forget it. Rows stay when they reach zero.
CREATE TABLE org_count (
    org_uid      TEXT PRIMARY KEY,
    devices      INTEGER NOT NULL,
    alerts       INTEGER NOT NULL, -- devices with an alert
    stored_bytes INTEGER NOT NULL,
    users        INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO org_count
    SELECT org_uid, sum(devices), sum(alerts), sum(stored_bytes), sum(users) FROM (
        SELECT org_uid, 1 AS devices, alert AS alerts, stored_bytes, 0 AS users FROM device
        UNION ALL
        SELECT org_uid, 0, 0, 0, 1 FROM person
    ) GROUP BY org_uid;

-- +goose StatementBegin
CREATE TRIGGER device_counted AFTER INSERT ON device BEGIN
    INSERT INTO org_count VALUES (NEW.org_uid, 1, NEW.alert, NEW.stored_bytes, 0)
        ON CONFLICT (org_uid) DO UPDATE SET
            devices = devices + 1, alerts = alerts + excluded.alerts, stored_bytes = stored_bytes + excluded.stored_bytes;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER device_recounted AFTER UPDATE ON device
    WHEN OLD.org_uid <> NEW.org_uid OR OLD.alert <> NEW.alert OR OLD.stored_bytes <> NEW.stored_bytes
BEGIN
    UPDATE org_count SET devices = devices - 1, alerts = alerts - OLD.alert, stored_bytes = stored_bytes - OLD.stored_bytes
        WHERE org_uid = OLD.org_uid;
    INSERT INTO org_count VALUES (NEW.org_uid, 1, NEW.alert, NEW.stored_bytes, 0)
        ON CONFLICT (org_uid) DO UPDATE SET
            devices = devices + 1, alerts = alerts + excluded.alerts, stored_bytes = stored_bytes + excluded.stored_bytes;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER device_uncounted AFTER DELETE ON device BEGIN
    UPDATE org_count SET devices = devices - 1, alerts = alerts - OLD.alert, stored_bytes = stored_bytes - OLD.stored_bytes
        WHERE org_uid = OLD.org_uid;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER person_counted AFTER INSERT ON person BEGIN
    INSERT INTO org_count VALUES (NEW.org_uid, 0, 0, 0, 1)
        ON CONFLICT (org_uid) DO UPDATE SET users = users + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER person_recounted AFTER UPDATE ON person WHEN OLD.org_uid <> NEW.org_uid BEGIN
    UPDATE org_count SET users = users - 1 WHERE org_uid = OLD.org_uid;
    INSERT INTO org_count VALUES (NEW.org_uid, 0, 0, 0, 1)
        ON CONFLICT (org_uid) DO UPDATE SET users = users + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER person_uncounted AFTER DELETE ON person BEGIN
    UPDATE org_count SET users = users - 1 WHERE org_uid = OLD.org_uid;
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER person_uncounted;
DROP TRIGGER person_recounted;
DROP TRIGGER person_counted;
DROP TRIGGER device_uncounted;
DROP TRIGGER device_recounted;
DROP TRIGGER device_counted;
DROP TABLE org_count;
DROP INDEX person_org;
DROP INDEX person_list;
DROP INDEX org_path;
CREATE INDEX org_path ON org (path, uid);
DROP INDEX org_level;
ALTER TABLE person DROP COLUMN search_text;
ALTER TABLE person DROP COLUMN sort_key;
ALTER TABLE org DROP COLUMN parent_path;
ALTER TABLE org DROP COLUMN search_text;
ALTER TABLE org DROP COLUMN sort_key;
