-- One row that a readiness check writes to: a database that answers but can't write isn't ready.
CREATE TABLE readiness (
    id      bigint PRIMARY KEY,
    touched bigint NOT NULL
);
INSERT INTO readiness (id, touched) VALUES (1, 0);
