-- The Python version's table, as it stands in its databases.
CREATE TABLE IF NOT EXISTS cleared (
    run_id_ts TEXT PRIMARY KEY,
    status TEXT NOT NULL,
    reviewed_at TEXT NOT NULL,
    ruleset_version TEXT NOT NULL,
    model_version TEXT NOT NULL
);

-- A turn is its name and its content: a name used twice does not hide the second turn.
CREATE TABLE IF NOT EXISTS reviewed (
    run_id_ts TEXT NOT NULL,
    blake3 TEXT NOT NULL,
    status TEXT NOT NULL,
    reviewed_at TEXT NOT NULL,
    ruleset_version TEXT NOT NULL,
    model_version TEXT NOT NULL,
    PRIMARY KEY (run_id_ts, blake3)
) WITHOUT ROWID;

-- How far each log file has been read, and what it looked like then. `marker` is the blake3 of the bytes before
-- `upto`: a file that was replaced does not have them.
CREATE TABLE IF NOT EXISTS files (
    name TEXT PRIMARY KEY,
    device INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    size INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL,
    upto INTEGER NOT NULL,
    marker TEXT NOT NULL,
    version TEXT NOT NULL
) WITHOUT ROWID;

-- Runs whose end has not come; `spans` is a JSON array of [file name, start, end].
CREATE TABLE IF NOT EXISTS open_runs (
    run_id TEXT PRIMARY KEY,
    spans TEXT NOT NULL,
    messages TEXT NOT NULL,
    last_ts INTEGER NOT NULL
) WITHOUT ROWID;

-- Every flag, and whether it has reached where flags go. `delivered` is 0 until its line is on disk.
CREATE TABLE IF NOT EXISTS flags (
    flag_id TEXT PRIMARY KEY,
    run_id_ts TEXT NOT NULL,
    severity TEXT NOT NULL,
    record TEXT NOT NULL,
    delivered INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS flags_waiting ON flags (delivered) WHERE delivered = 0;
CREATE INDEX IF NOT EXISTS flags_turn ON flags (run_id_ts);
