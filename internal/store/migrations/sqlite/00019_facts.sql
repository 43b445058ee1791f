-- +goose Up
-- The order of last connections holds all that filters ask, too: what next to no device meets is found without reading
-- the table.
DROP INDEX device_by_connected;
CREATE INDEX device_by_connected ON device (last_connected, guid, org_uid, active, blocked, deauthorized, alert, os_name, client_version,
    last_completed, created, stored_bytes, user_uid, destinations, sort_key);

-- +goose Down
DROP INDEX device_by_connected;
CREATE INDEX device_by_connected ON device (last_connected, guid, org_uid);
