-- What administrators tried, and put in the place of a group's configured strategy.

-- +goose Up

-- A trained model as it was when it was staged; it never changes.
CREATE TABLE routeiq_artifact (
  digest     TEXT   NOT NULL PRIMARY KEY,  -- SHA-256 of the manifest, which has those of the numbers
  manifest   BYTEA  NOT NULL,
  numbers    BYTEA  NOT NULL,              -- model.safetensors
  origin     TEXT   NOT NULL,              -- where it was read, without secrets
  size       BIGINT NOT NULL,              -- bytes of both files
  actor      TEXT   NOT NULL,
  created_us BIGINT NOT NULL
);

-- What was tried for a group, in order of the ids. The states are those of package activation.
CREATE TABLE routeiq_activation (
  id          BIGINT NOT NULL PRIMARY KEY,
  model_group TEXT   NOT NULL,
  strategy    TEXT   NOT NULL,
  args        TEXT   NOT NULL,             -- JSON, without the artifact
  digest      TEXT   REFERENCES routeiq_artifact (digest), -- NULL: it was rejected, and is not kept
  origin      TEXT   NOT NULL,             -- where the artifact was read, without secrets
  state       TEXT   NOT NULL CHECK (state IN ('staged', 'active', 'superseded', 'rolled_back', 'rejected')),
  reason      TEXT   NOT NULL DEFAULT '',  -- of the state
  report      TEXT   NOT NULL,             -- JSON
  actor       TEXT   NOT NULL,             -- who staged it
  staged_us   BIGINT NOT NULL,
  promoted_us BIGINT NOT NULL DEFAULT 0,
  changed_us  BIGINT NOT NULL,             -- of the state
  changed_by  TEXT   NOT NULL
);
CREATE INDEX routeiq_activation_group ON routeiq_activation (model_group, id);
