-- +goose Up

-- The order of lists and the texts that are searched, folded by the program. Empty until the next sync, whose hashes
-- cover them: it writes every row once.
ALTER TABLE org ADD COLUMN sort_key TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE org ADD COLUMN search_text TEXT COLLATE "C" NOT NULL DEFAULT '';
-- The path without its last uid: "/" at the top, empty for an organization without a place in the tree.
ALTER TABLE org ADD COLUMN parent_path TEXT COLLATE "C" NOT NULL DEFAULT '';
UPDATE org SET parent_path = substr(path, 1, length(path) - length(uid) - 1) WHERE path <> '';
ALTER TABLE person ADD COLUMN sort_key TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE person ADD COLUMN search_text TEXT COLLATE "C" NOT NULL DEFAULT '';

-- A level of the tree in order, and the subtrees below its organizations with what counting them asks.
CREATE INDEX org_level ON org (parent_path, sort_key, uid);
DROP INDEX org_path;
CREATE INDEX org_path ON org (path, uid, depth);

-- The list of users in order, for large scopes and for small ones, with all that its filters ask.
CREATE INDEX person_list ON person (sort_key, uid) INCLUDE (org_uid, active, blocked);
CREATE INDEX person_org ON person (org_uid, sort_key, uid) INCLUDE (active, blocked);

-- What stands directly in each organization; a subtree's counts are sums over a range of paths. Kept by triggers, so that
-- no way of writing a device or a user can forget it. Rows stay when they reach zero.
CREATE TABLE org_count (
    org_uid      TEXT COLLATE "C" PRIMARY KEY,
    devices      BIGINT NOT NULL,
    alerts       BIGINT NOT NULL, -- devices with an alert
    stored_bytes BIGINT NOT NULL,
    users        BIGINT NOT NULL
) WITH (fillfactor = 50); -- room for updates in place
INSERT INTO org_count
    SELECT org_uid, sum(devices), sum(alerts), sum(stored_bytes), sum(users) FROM (
        SELECT org_uid, 1 AS devices, alert::int AS alerts, stored_bytes, 0 AS users FROM device
        UNION ALL
        SELECT org_uid, 0, 0, 0, 1 FROM person
    ) AS standing GROUP BY org_uid;

-- One statement's rows are summed first and counted in the order of organizations: two statements that meet in several
-- never wait for each other, and rows that changed in nothing counted touch nothing.
-- +goose StatementBegin
CREATE FUNCTION count_devices() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO org_count AS c
            SELECT org_uid, count(*), count(*) FILTER (WHERE alert), sum(stored_bytes), 0 FROM arrived
            GROUP BY org_uid ORDER BY org_uid
        ON CONFLICT (org_uid) DO UPDATE SET
            devices = c.devices + excluded.devices, alerts = c.alerts + excluded.alerts, stored_bytes = c.stored_bytes + excluded.stored_bytes;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO org_count AS c
            SELECT org_uid, -count(*), -count(*) FILTER (WHERE alert), -sum(stored_bytes), 0 FROM departed
            GROUP BY org_uid ORDER BY org_uid
        ON CONFLICT (org_uid) DO UPDATE SET
            devices = c.devices + excluded.devices, alerts = c.alerts + excluded.alerts, stored_bytes = c.stored_bytes + excluded.stored_bytes;
    ELSE
        INSERT INTO org_count AS c
            SELECT org_uid, sum(n), sum(n * alert::int), sum(n * stored_bytes), 0 FROM (
                SELECT org_uid, 1 AS n, alert, stored_bytes FROM arrived
                UNION ALL
                SELECT org_uid, -1, alert, stored_bytes FROM departed
            ) AS changes
            GROUP BY org_uid
            HAVING sum(n) <> 0 OR sum(n * alert::int) <> 0 OR sum(n * stored_bytes) <> 0
            ORDER BY org_uid
        ON CONFLICT (org_uid) DO UPDATE SET
            devices = c.devices + excluded.devices, alerts = c.alerts + excluded.alerts, stored_bytes = c.stored_bytes + excluded.stored_bytes;
    END IF;
    RETURN NULL;
END;
$$;
-- +goose StatementEnd
CREATE TRIGGER device_counted AFTER INSERT ON device
    REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION count_devices();
CREATE TRIGGER device_recounted AFTER UPDATE ON device
    REFERENCING NEW TABLE AS arrived OLD TABLE AS departed FOR EACH STATEMENT EXECUTE FUNCTION count_devices();
CREATE TRIGGER device_uncounted AFTER DELETE ON device
    REFERENCING OLD TABLE AS departed FOR EACH STATEMENT EXECUTE FUNCTION count_devices();

-- +goose StatementBegin
CREATE FUNCTION count_people() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO org_count AS c
            SELECT org_uid, 0, 0, 0, count(*) FROM arrived GROUP BY org_uid ORDER BY org_uid
        ON CONFLICT (org_uid) DO UPDATE SET users = c.users + excluded.users;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO org_count AS c
            SELECT org_uid, 0, 0, 0, -count(*) FROM departed GROUP BY org_uid ORDER BY org_uid
        ON CONFLICT (org_uid) DO UPDATE SET users = c.users + excluded.users;
    ELSE
        INSERT INTO org_count AS c
            SELECT org_uid, 0, 0, 0, sum(n) FROM (
                SELECT org_uid, 1 AS n FROM arrived
                UNION ALL
                SELECT org_uid, -1 FROM departed
            ) AS changes
            GROUP BY org_uid HAVING sum(n) <> 0 ORDER BY org_uid
        ON CONFLICT (org_uid) DO UPDATE SET users = c.users + excluded.users;
    END IF;
    RETURN NULL;
END;
$$;
-- +goose StatementEnd
CREATE TRIGGER person_counted AFTER INSERT ON person
    REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION count_people();
CREATE TRIGGER person_recounted AFTER UPDATE ON person
    REFERENCING NEW TABLE AS arrived OLD TABLE AS departed FOR EACH STATEMENT EXECUTE FUNCTION count_people();
CREATE TRIGGER person_uncounted AFTER DELETE ON person
    REFERENCING OLD TABLE AS departed FOR EACH STATEMENT EXECUTE FUNCTION count_people();

-- +goose Down
DROP TRIGGER person_uncounted ON person;
DROP TRIGGER person_recounted ON person;
DROP TRIGGER person_counted ON person;
DROP FUNCTION count_people;
DROP TRIGGER device_uncounted ON device;
DROP TRIGGER device_recounted ON device;
DROP TRIGGER device_counted ON device;
DROP FUNCTION count_devices;
DROP TABLE org_count;
DROP INDEX person_org;
DROP INDEX person_list;
DROP INDEX org_path;
CREATE INDEX org_path ON org (path, uid);
DROP INDEX org_level;
ALTER TABLE person DROP COLUMN search_text, DROP COLUMN sort_key;
ALTER TABLE org DROP COLUMN parent_path, DROP COLUMN search_text, DROP COLUMN sort_key;
