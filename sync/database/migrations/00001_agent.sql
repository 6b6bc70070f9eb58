-- What agents keep. One text for both databases: times are microseconds of Unix time in BIGINT; BYTEA is no type SQLite
-- knows, and it keeps bytes as they are in any column. The names begin with routeiq_ because a PostgreSQL database is often
-- LiteLLM's own.

-- +goose Up

-- A configuration as it came from its source. The states are those of package revision.
CREATE TABLE routeiq_revision (
  id           TEXT   NOT NULL PRIMARY KEY,
  source       BYTEA  NOT NULL,
  files        BYTEA  NOT NULL,            -- JSON: path → bytes in base64
  origin       TEXT   NOT NULL,            -- the source's URL, without secrets
  generation   BIGINT NOT NULL,            -- of the leader that put or activated it last
  created_us   BIGINT NOT NULL,
  activated_us BIGINT NOT NULL DEFAULT 0,
  good_us      BIGINT NOT NULL DEFAULT 0,
  state        TEXT   NOT NULL CHECK (state IN ('staged', 'active', 'good', 'bad')),
  step         TEXT   NOT NULL DEFAULT '', -- that made it bad
  reason       TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX routeiq_revision_created ON routeiq_revision (created_us);

-- One row: what all agents serve, and the newest generation that wrote.
CREATE TABLE routeiq_head (
  one        INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
  generation BIGINT  NOT NULL,
  active     TEXT    REFERENCES routeiq_revision (id),
  changed_us BIGINT  NOT NULL
);
INSERT INTO routeiq_head (one, generation, active, changed_us) VALUES (1, 0, NULL, 0);

-- Who leads.
CREATE TABLE routeiq_lease (
  name        TEXT   NOT NULL PRIMARY KEY,
  holder      TEXT   NOT NULL,
  generation  BIGINT NOT NULL,
  acquired_us BIGINT NOT NULL,
  expires_us  BIGINT NOT NULL              -- by the database's clock
);

-- What administrators did.
CREATE TABLE routeiq_audit (
  id         TEXT   NOT NULL PRIMARY KEY,
  at_us      BIGINT NOT NULL,
  actor      TEXT   NOT NULL,
  action     TEXT   NOT NULL,
  path       TEXT   NOT NULL,
  request_id TEXT   NOT NULL,
  before     TEXT   NOT NULL,              -- revision
  after      TEXT   NOT NULL,
  outcome    TEXT   NOT NULL,
  reason     TEXT   NOT NULL,
  ended_us   BIGINT NOT NULL
);
CREATE INDEX routeiq_audit_at ON routeiq_audit (at_us);
