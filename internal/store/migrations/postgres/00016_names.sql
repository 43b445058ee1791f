-- +goose Up

-- The order of names, cut into stretches; none while the mirror is small. A portal keeps in memory what the texts of a
-- stretch can hold, as of its version: whatever brings a name or a text into a stretch raises it.
CREATE TABLE name_stretch (
    id      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- no other stretch ever has it
    starts  TEXT COLLATE "C" NOT NULL UNIQUE,                -- sort keys from here to where the next one starts
    version BIGINT NOT NULL
) WITH (fillfactor = 50); -- room for updates in place

-- The stretches of one statement's rows are locked in order, behind all of its devices: two statements that meet in
-- several never wait for each other.
-- +goose StatementBegin
CREATE FUNCTION mark_stretches() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    marked BIGINT[];
BEGIN
    IF NOT EXISTS (SELECT FROM name_stretch) THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(DISTINCT s.id) INTO marked FROM arrived AS a
            CROSS JOIN LATERAL (SELECT id FROM name_stretch WHERE starts <= a.sort_key ORDER BY starts DESC LIMIT 1) AS s;
    ELSE
        SELECT array_agg(DISTINCT s.id) INTO marked FROM arrived AS a
            JOIN departed AS d ON d.id = a.id AND (d.sort_key <> a.sort_key OR d.search_text <> a.search_text)
            CROSS JOIN LATERAL (SELECT id FROM name_stretch WHERE starts <= a.sort_key ORDER BY starts DESC LIMIT 1) AS s;
    END IF;
    IF marked IS NOT NULL THEN
        PERFORM FROM name_stretch WHERE id = ANY (marked) ORDER BY id FOR UPDATE;
        UPDATE name_stretch SET version = version + 1 WHERE id = ANY (marked);
    END IF;
    RETURN NULL;
END;
$$;
-- +goose StatementEnd
CREATE TRIGGER device_named AFTER INSERT ON device
    REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION mark_stretches();
CREATE TRIGGER device_renamed AFTER UPDATE ON device
    REFERENCING NEW TABLE AS arrived OLD TABLE AS departed FOR EACH STATEMENT EXECUTE FUNCTION mark_stretches();

-- +goose Down
DROP TRIGGER device_renamed ON device;
DROP TRIGGER device_named ON device;
DROP FUNCTION mark_stretches;
DROP TABLE name_stretch;
