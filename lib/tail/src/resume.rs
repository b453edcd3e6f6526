//! Starting: where the source and the record were left, and how they are brought together again.

use crate::align::{align, last_events};
use crate::checkpoint::{Checkpoint, Loaded, Output};
use crate::error::TailError;
use crate::identity::Position;
use crate::input::{Found, Input};
use crate::notice::Notice;
use crate::reconcile::{Cursor, behind_damage, not_ahead, reconcile};
use crate::recorder::Recorder;
use crate::source::Source;
use crate::transfer::Name;
use sentrix_record::GapReason;
use sentrix_record::fs::{At, Fs};
use sentrix_record::log::{CLOSING, LogName};
use std::fs::File;

/// Where to go on.
#[derive(Debug, Default)]
pub struct Resumed {
    /// The source; none when its name holds no file, or one that was never read.
    pub source: Option<Source>,
    /// The file that had the source's name before.
    pub previous: Option<Source>,
    /// Why the source cannot be read on where it was left, and where that was.
    pub broken: Option<(GapReason, Option<Position>)>,
    /// Events to be written again.
    pub salvaged: Vec<Vec<u8>>,
}

/// The files of a checkpoint as they were found.
#[derive(Debug, Default)]
struct Files {
    source: Option<Source>,
    previous: Option<Source>,
    broken: Option<(GapReason, Option<Position>)>,
}

impl Resumed {
    /// Brings a log directory and a source together. `None` when the source is not there and was not renamed: nothing
    /// can be said before it is. `damaged` remembers what is cut off meanwhile.
    ///
    /// # Errors
    /// When either cannot be read, or the record not be written.
    pub fn find<F: Fs>(
        fs: &F,
        input: &Input,
        recorder: &mut Recorder<F>,
        damaged: &mut Vec<Vec<u8>>,
        notices: &mut Vec<Notice>,
    ) -> Result<Option<Self>, TailError> {
        let logs = recorder.log_files()?;
        if let Some(newest) = logs.last() {
            let path = recorder.dir().join(newest.as_str());
            let behind = if recorder.is_listed(newest) { Vec::new() } else { behind_damage(fs, &path)? };
            recorder.take_up(newest, None)?;
            damaged.extend(behind);
        }
        if input.is_stream() {
            return Ok(Some(Self { salvaged: damaged.clone(), ..Self::default() }));
        }
        // A source that is exchanged in the midst of this is compared once more.
        for _ in 0..8 {
            match Self::compare(fs, input, recorder, &logs, damaged, notices) {
                Err(TailError::Changed) => {}
                done => return done,
            }
        }
        Err(TailError::Changed)
    }

    fn compare<F: Fs>(
        fs: &F,
        input: &Input,
        recorder: &mut Recorder<F>,
        logs: &[LogName],
        damaged: &[Vec<u8>],
        notices: &mut Vec<Notice>,
    ) -> Result<Option<Self>, TailError> {
        let why = match Checkpoint::load(fs, recorder.dir())? {
            Loaded::Absent if logs.is_empty() => return Ok(Some(Self::default())),
            Loaded::Absent => "there is none".to_owned(),
            Loaded::Unreadable(why) => why,
            Loaded::Whole(checkpoint) => match first_behind(fs, recorder, &checkpoint, logs)? {
                Err(why) => why,
                Ok(first) => {
                    return Self::by_checkpoint(fs, input, recorder, &checkpoint, &logs[first..], damaged);
                }
            },
        };
        Self::by_search(fs, input, recorder, logs, damaged, why, notices)
    }

    fn by_checkpoint<F: Fs>(
        fs: &F,
        input: &Input,
        recorder: &mut Recorder<F>,
        checkpoint: &Checkpoint,
        logs: &[LogName],
        damaged: &[Vec<u8>],
    ) -> Result<Option<Self>, TailError> {
        let Some(Files { source, previous, broken }) = Files::find(input, checkpoint)? else {
            return Ok(None);
        };
        let has_source = source.is_some();
        let mut cursors: Vec<Cursor> = source.into_iter().chain(previous).map(Cursor::new).collect();
        // Behind the checkpoint: where the closing stood that was written with it.
        let closing = CLOSING.len() as u64;
        let from = checkpoint.output.as_ref().map_or(0, |output| output.bytes.saturating_sub(closing));
        let cut = reconcile(fs, recorder.dir(), logs, from, &mut cursors)?;
        if let (Some(newest), Some(_)) = (logs.last(), cut) {
            recorder.take_up(newest, cut)?;
        }
        let salvaged = not_ahead(damaged.to_vec(), &cursors)?;
        let mut sources = cursors.iter().map(|cursor| cursor.source_at(cursor.offset()));
        let source = if has_source { sources.next().transpose()? } else { None };
        let previous = sources.next().transpose()?;
        Ok(Some(Self { source, previous, broken, salvaged }))
    }

    fn by_search<F: Fs>(
        fs: &F,
        input: &Input,
        recorder: &Recorder<F>,
        logs: &[LogName],
        damaged: &[Vec<u8>],
        why: String,
        notices: &mut Vec<Notice>,
    ) -> Result<Option<Self>, TailError> {
        let Some(file) = input.open().map_err(TailError::Source)? else { return Ok(None) };
        let events = last_events(fs, recorder.dir(), logs)?;
        let mut cursor = Cursor::new(Source::new(file).map_err(TailError::Source)?);
        let found = align(&mut cursor, &events)?;
        let offset = found.unwrap_or(0);
        let source = cursor.source_at(offset)?;
        let salvaged = not_ahead(damaged.to_vec(), &[Cursor::new(cursor.source_at(offset)?)])?;
        notices.push(Notice::Rebuilt { why, offset });
        let broken = (found.is_none() && !events.is_empty()).then_some((GapReason::Checkpoint, None));
        Ok(Some(Self { source: Some(source), previous: None, broken, salvaged }))
    }
}

/// The index of the first log file that may hold events behind the checkpoint; or why the checkpoint does not fit.
fn first_behind<F: Fs>(
    fs: &F,
    recorder: &Recorder<F>,
    checkpoint: &Checkpoint,
    logs: &[LogName],
) -> Result<Result<usize, String>, TailError> {
    let Some(Output { file, bytes, .. }) = &checkpoint.output else { return Ok(Ok(0)) };
    let Some(index) = logs.iter().position(|name| name.as_str() == file) else {
        return Ok(Err(format!("{file}, which it names, is gone")));
    };
    let path = recorder.dir().join(file);
    let length = fs.stat(&path).at("read", &path)?.len;
    if length < *bytes {
        return Ok(Err(format!("{file} is {length} bytes long, not the {bytes} that it names")));
    }
    Ok(Ok(index))
}

impl Files {
    /// Looks for the files of a checkpoint; `None` when there is nothing to read at all.
    fn find(input: &Input, checkpoint: &Checkpoint) -> Result<Option<Self>, TailError> {
        let mut files = Self::default();
        if let Some(position) = &checkpoint.previous
            && let Some(file) = input.find_renamed(position).map_err(TailError::Source)?
        {
            files.previous = Some(resume(file, position)?);
        }
        let Some(position) = &checkpoint.source else {
            files.source = beginning(input)?;
            return Ok(Some(files));
        };
        match Found::find(input, position).map_err(TailError::Source)? {
            Found::Here(file) => files.source = Some(resume(file, position)?),
            Found::Renamed(file) => files.previous = Some(resume(file, position)?),
            Found::Rewritten => {
                files.source = beginning(input)?;
                files.broken = Some((GapReason::Truncated, Some(position.clone())));
            }
            Found::Gone => {
                if input.open().map_err(TailError::Source)?.is_none() {
                    return Ok(None);
                }
                files.source = beginning(input)?;
                // Another source that is recorded into the same directory is nothing that was lost.
                if checkpoint.input == Name::of(input).0 {
                    files.broken = Some((GapReason::Replaced, Some(position.clone())));
                }
            }
        }
        Ok(Some(files))
    }
}

fn resume(file: File, position: &Position) -> Result<Source, TailError> {
    Source::resume(file, position.offset, position).map_err(TailError::Source)?.ok_or(TailError::Changed)
}

/// The source from its beginning, if it is there.
fn beginning(input: &Input) -> Result<Option<Source>, TailError> {
    input.open().and_then(|file| file.map(Source::new).transpose()).map_err(TailError::Source)
}
