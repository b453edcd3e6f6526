//! Opening the police's database.

use crate::StoreError;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use std::fs;
use std::path::Path;
use std::time::Duration;

/// The schema that this version writes. The Python version's databases have 0.
const VERSION: i64 = 1;
/// What brings a database from each version to the next.
const STEPS: [&str; 1] = [include_str!("police.sql")];
/// How long another program may hold the database.
const BUSY: Duration = Duration::from_secs(30);
/// Up to this size a database is looked over when it is opened.
const LOOKED_OVER: u64 = 64 << 20;

/// Opens or makes the database.
pub(super) fn open(path: &Path) -> Result<Connection, StoreError> {
    let fail = |why| StoreError::new(path, why);
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    private(path);
    let mut db = Connection::open_with_flags(path, flags).map_err(fail)?;
    db.busy_timeout(BUSY).map_err(fail)?;
    let found = version(&db, path)?;
    look_over(&db, path)?;
    // A case is a conclusion, perhaps a paid one: every commit waits for the disk.
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON;",
    )
    .map_err(fail)?;
    if found < VERSION {
        migrate(&mut db).map_err(fail)?;
    }
    Ok(db)
}

/// Opens a database that is there, and changes nothing.
pub(super) fn read(path: &Path) -> Result<Connection, StoreError> {
    let fail = |why| StoreError::new(path, why);
    // Readers of a WAL need its index, so it is opened for writing where that can be.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = Connection::open_with_flags(path, flags).and_then(|db| {
        db.busy_timeout(BUSY)?;
        db.pragma_update(None, "query_only", true)?;
        db.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()))?;
        Ok(db)
    });
    let db = match opened {
        Err(why) if StoreError::is_damage(&why) => return Err(fail(why)),
        Err(_) => frozen(path).map_err(fail)?,
        Ok(db) => db,
    };
    version(&db, path)?;
    Ok(db)
}

/// A database on a medium that cannot be written: nobody else changes it, so no lock and no index is needed.
fn frozen(path: &Path) -> rusqlite::Result<Connection> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let name: String =
        path.as_os_str().as_encoded_bytes().iter().map(|byte| format!("%{byte:02x}")).collect();
    let db = Connection::open_with_flags(format!("file:{name}?immutable=1"), flags)?;
    db.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()))?;
    Ok(db)
}

fn version(db: &Connection, path: &Path) -> Result<i64, StoreError> {
    let found: i64 = db
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .map_err(|why| StoreError::new(path, why))?;
    if found > VERSION {
        return Err(StoreError::Newer { path: path.to_owned(), found, known: VERSION });
    }
    Ok(found)
}

/// Finds damage before anything is written into it.
fn look_over(db: &Connection, path: &Path) -> Result<(), StoreError> {
    if fs::metadata(path).is_ok_and(|file| file.len() > LOOKED_OVER) {
        return Ok(());
    }
    let said: String = db
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(|why| StoreError::new(path, why))?;
    if said == "ok" { Ok(()) } else { Err(StoreError::Corrupt { path: path.to_owned(), why: said }) }
}

fn migrate(db: &mut Connection) -> rusqlite::Result<()> {
    let step = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another program may have been faster.
    let found: i64 = step.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    for sql in STEPS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        step.execute_batch(sql)?;
    }
    step.pragma_update(None, "user_version", VERSION.max(found))?;
    step.commit()
}

/// Makes the file before SQLite does, for its owner alone.
fn private(path: &Path) {
    use std::os::unix::fs::OpenOptionsExt;
    // Whatever goes wrong here is told by opening it.
    let _told = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
}
