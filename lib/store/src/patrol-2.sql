-- Rules and models each have a place of their own in the record: what one has read and reviewed says nothing of the other.
ALTER TABLE files RENAME TO files_1;
CREATE TABLE files (
    judge TEXT NOT NULL,
    name TEXT NOT NULL,
    device INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    size INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL,
    upto INTEGER NOT NULL,
    marker TEXT NOT NULL,
    version TEXT NOT NULL,
    PRIMARY KEY (judge, name)
) WITHOUT ROWID;
INSERT INTO files SELECT CASE version WHEN '' THEN '' ELSE 'rules' END, * FROM files_1;
DROP TABLE files_1;

ALTER TABLE open_runs RENAME TO open_runs_1;
CREATE TABLE open_runs (
    judge TEXT NOT NULL,
    run_id TEXT NOT NULL,
    spans TEXT NOT NULL,
    messages TEXT NOT NULL,
    last_ts INTEGER NOT NULL,
    PRIMARY KEY (judge, run_id)
) WITHOUT ROWID;
INSERT INTO open_runs SELECT 'rules', * FROM open_runs_1;
DROP TABLE open_runs_1;

-- `model_version` is who really answered, `asked` who was asked; for rules both are `rules`.
ALTER TABLE reviewed RENAME TO reviewed_1;
CREATE TABLE reviewed (
    run_id_ts TEXT NOT NULL,
    blake3 TEXT NOT NULL,
    judge TEXT NOT NULL,
    status TEXT NOT NULL,
    reviewed_at TEXT NOT NULL,
    ruleset_version TEXT NOT NULL,
    model_version TEXT NOT NULL,
    asked TEXT NOT NULL,
    source_file TEXT NOT NULL,
    PRIMARY KEY (run_id_ts, blake3, judge)
) WITHOUT ROWID;
INSERT INTO reviewed
    SELECT run_id_ts, blake3, 'rules', status, reviewed_at, ruleset_version, model_version, 'rules', '' FROM reviewed_1;
DROP TABLE reviewed_1;

-- Turns that wait for the judges. `turn` is null where `source_file` from `start_at` to `end_at` gives the turn back (its `digest`
-- says so), else the turn itself. `attempts` counts failures that were about the turn itself, `tried_at` is the last one in ms. `before_*` is where the turn before it stands.
CREATE TABLE pending (
    id INTEGER PRIMARY KEY,
    run_id_ts TEXT NOT NULL,
    blake3 TEXT NOT NULL,
    stream TEXT NOT NULL,
    source_file TEXT NOT NULL,
    start_at INTEGER NOT NULL,
    end_at INTEGER NOT NULL,
    digest TEXT NOT NULL,
    turn TEXT,
    before_file TEXT,
    before_start INTEGER,
    before_end INTEGER,
    severity INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    tried_at INTEGER NOT NULL DEFAULT 0,
    why TEXT NOT NULL DEFAULT '',
    UNIQUE (run_id_ts, blake3)
);

-- The last turn that was read: the next one's context.
CREATE TABLE latest (
    judge TEXT PRIMARY KEY,
    source_file TEXT NOT NULL,
    start_at INTEGER NOT NULL,
    end_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Answers that were paid for.
CREATE TABLE verdicts (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    verdict TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    asked TEXT NOT NULL,
    at TEXT NOT NULL
);

-- How warm streams are.
CREATE TABLE suspicion (stream TEXT PRIMARY KEY, level REAL NOT NULL) WITHOUT ROWID;

-- How far models are trusted: votes since they last judged known turns, and when they were right.
CREATE TABLE trust (
    model TEXT PRIMARY KEY,
    votes INTEGER NOT NULL,
    tests INTEGER NOT NULL,
    lost INTEGER NOT NULL,
    right_at TEXT NOT NULL
) WITHOUT ROWID;

-- Flags that somebody is to be told of; a row goes when it was told at this severity.
CREATE TABLE alerts (
    flag_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    severity TEXT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (flag_id, channel)
) WITHOUT ROWID;
