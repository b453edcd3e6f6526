-- The Python version's tables, as they stand in its databases.
CREATE TABLE IF NOT EXISTS case_files (
    investigation_id TEXT PRIMARY KEY,
    flag_id TEXT NOT NULL,
    source_file TEXT NOT NULL,
    concluded_at TEXT NOT NULL,
    case_file_json TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS investigated_flags (
    flag_id TEXT PRIMARY KEY,
    investigated_at TEXT NOT NULL,
    investigation_id TEXT NOT NULL
);

-- One case is looked up by its flag.
CREATE INDEX IF NOT EXISTS case_files_flag ON case_files (flag_id);

-- Flags without a case: most severe first (3 is HIGH), then oldest. `tries` counts what the investigator had its say in and
-- failed at; before `due` (epoch milliseconds) it is not tried again.
CREATE TABLE queue (
    flag_id TEXT PRIMARY KEY,
    severity INTEGER NOT NULL,
    timestamp TEXT NOT NULL,
    record TEXT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    due INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX queue_order ON queue (severity DESC, timestamp, flag_id);

-- How far a file of flags has been read; `marker` is the blake3 of the bytes before that place.
CREATE TABLE flags_read (
    name TEXT PRIMARY KEY,
    upto INTEGER NOT NULL,
    marker TEXT NOT NULL
) WITHOUT ROWID;

-- Every investigation that came to nothing, and why.
CREATE TABLE attempts (
    flag_id TEXT NOT NULL,
    at TEXT NOT NULL,
    investigator TEXT NOT NULL,
    reason TEXT NOT NULL
);
CREATE INDEX attempts_flag ON attempts (flag_id);

-- A case that is decided, until its report is on disk and it stands in `case_files`: a crash between leaves it here.
CREATE TABLE drafts (
    flag_id TEXT PRIMARY KEY,
    investigation_id TEXT NOT NULL,
    source_file TEXT NOT NULL,
    concluded_at TEXT NOT NULL,
    case_file_json TEXT NOT NULL,
    report_name TEXT NOT NULL,
    report TEXT NOT NULL
) WITHOUT ROWID;

-- Who is still to be told of a case.
CREATE TABLE alerts (
    investigation_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (investigation_id, channel)
) WITHOUT ROWID;
