//! The databases of the patrol and the police, which others write.

use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// Opens a database to be read. One that is locked is not waited for: it is read at the next look.
pub fn open(path: &Path) -> rusqlite::Result<Connection> {
    // Readers of a WAL need its index, so it is opened for writing, and nothing is written.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(path, flags)?;
    database.busy_timeout(Duration::ZERO)?;
    database.pragma_update(None, "query_only", true)?;
    Ok(database)
}
