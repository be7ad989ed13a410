-- Where a session was seen beside where it began: each network and kind of device is noticed once.
CREATE TABLE session_places (
    session_id text NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    -- A hash of the network and the device.
    place      bytea NOT NULL,
    PRIMARY KEY (session_id, place)
);
