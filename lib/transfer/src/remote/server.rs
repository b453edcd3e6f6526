//! The side that has the files.

use super::wire::{
    ERROR, HELLO, HERE, LIST, MAX_READ, READ, SAME, array, broken, error_code, kind_code, put_text, text,
};
use crate::source::{Item, Source};
use std::io::{self, ErrorKind, Read, Write};

/// Answers until the other side has nothing more to ask.
///
/// # Errors
/// When a stream breaks, or the other side asks for something that is no question.
pub fn serve(source: &mut impl Source, mut input: impl Read, mut output: impl Write) -> io::Result<()> {
    output.write_all(HELLO)?;
    output.flush()?;
    let mut last: Option<Vec<Item>> = None;
    let mut answer = Vec::new();
    loop {
        let mut question = [0];
        match input.read(&mut question) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        }
        answer.clear();
        match question[0] {
            LIST => list(source, &mut last, &mut answer),
            READ => {
                let offset = u64::from_be_bytes(array(&mut input)?);
                let length = usize::try_from(u32::from_be_bytes(array(&mut input)?)).unwrap_or(MAX_READ);
                let name = text(&mut input)?;
                read(source, &name, offset, length.min(MAX_READ), &mut answer);
            }
            _ => return Err(broken("no such question")),
        }
        output.write_all(&answer)?;
        output.flush()?;
    }
}

fn list(source: &mut impl Source, last: &mut Option<Vec<Item>>, answer: &mut Vec<u8>) {
    let items = match source.list() {
        Ok(items) => items,
        Err(error) => return fail(&error, answer),
    };
    if last.as_ref() == Some(&items) {
        return answer.push(SAME);
    }
    answer.push(HERE);
    answer.extend(u32::try_from(items.len()).unwrap_or(u32::MAX).to_be_bytes());
    for item in &items {
        answer.push(kind_code(item.kind));
        answer.extend(item.size.to_be_bytes());
        put_text(answer, &item.name);
        put_text(answer, &item.marker);
    }
    *last = Some(items);
}

fn read(source: &mut impl Source, name: &str, offset: u64, length: usize, answer: &mut Vec<u8>) {
    const FRONT: usize = 5;
    answer.resize(FRONT + length, 0);
    match source.read(name, offset, &mut answer[FRONT..]) {
        Ok(read) => {
            answer.truncate(FRONT + read);
            answer[0] = HERE;
            answer[1..FRONT].copy_from_slice(&u32::try_from(read).unwrap_or(0).to_be_bytes());
        }
        Err(error) => {
            answer.clear();
            fail(&error, answer);
        }
    }
}

fn fail(error: &io::Error, answer: &mut Vec<u8>) {
    answer.extend([ERROR, error_code(error.kind())]);
    put_text(answer, &error.to_string());
}
