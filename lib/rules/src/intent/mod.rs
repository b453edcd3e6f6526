//! What a text wants: prompt injection and harmful requests, from concepts and how they stand together.

mod concept;
mod detector;
mod disguise;
mod fold;
mod harm;
mod injection;
mod message;
mod pairs;
mod reader;
mod words;

pub(crate) use concept::hits;
pub(crate) use detector::Intent;
pub(crate) use fold::Folded;
pub(crate) use harm::{ENOUGH, is_request, weigh as weigh_harm};
pub(crate) use injection::weigh;
pub use message::{Labelled, message_weights};
pub(crate) use reader::Reader;
pub use reader::reader_weights;

use injection::Evidence;
