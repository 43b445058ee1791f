-- +goose Up

-- The order of names, cut into stretches; none while the mirror is small. A portal keeps in memory what the texts of a
-- stretch can hold, as of its version: whatever brings a name or a text into a stretch raises it.
CREATE TABLE name_stretch (
    id      INTEGER PRIMARY KEY AUTOINCREMENT, -- no other stretch ever has it
    starts  TEXT NOT NULL UNIQUE,              -- sort keys from here to where the next one starts
    version INTEGER NOT NULL
);
-- +goose StatementBegin
CREATE TRIGGER device_named AFTER INSERT ON device BEGIN
    UPDATE name_stretch SET version = version + 1
        WHERE id = (SELECT id FROM name_stretch WHERE starts <= NEW.sort_key ORDER BY starts DESC LIMIT 1);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER device_renamed AFTER UPDATE ON device WHEN OLD.sort_key <> NEW.sort_key OR OLD.search_text <> NEW.search_text BEGIN
    UPDATE name_stretch SET version = version + 1
        WHERE id = (SELECT id FROM name_stretch WHERE starts <= NEW.sort_key ORDER BY starts DESC LIMIT 1);
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER device_renamed;
DROP TRIGGER device_named;
DROP TABLE name_stretch;
