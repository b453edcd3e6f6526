-- What waits for its counterpart in the other record: messages of the raw stream, exchanges. One row a judge; `record` is the reader's own.
CREATE TABLE ledger (judge TEXT PRIMARY KEY, version TEXT NOT NULL, record TEXT NOT NULL) WITHOUT ROWID;
