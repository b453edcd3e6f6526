//! What a crash leaves.

use super::disk::{Disk, Node, Pending, overwrite};

/// What of the unsynced changes a crash keeps. A real disk may keep any of them, in any order; these are the corners.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Image {
    /// All of it: the process was killed, the machine lives.
    Kept,
    /// Nothing of it.
    Dropped,
    /// Names, but no content: a rename is durable, what was renamed is not.
    NamesOnly,
    /// Content, but no names: files are full, and have their old names or none.
    ContentOnly,
    /// Everything, and the first half of the write that was under way.
    Torn,
    /// Nothing but the first half of the write that was under way: later blocks reached the disk before earlier ones.
    TornAlone,
    /// Names and lengths, but zeros for content, as a file system with delayed allocation leaves.
    Zeroed,
}

impl Image {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Kept,
        Self::Dropped,
        Self::NamesOnly,
        Self::ContentOnly,
        Self::Torn,
        Self::TornAlone,
        Self::Zeroed,
    ];
}

pub(super) fn after(disk: &Disk, image: Image) -> Disk {
    let names = match image {
        Image::Dropped | Image::ContentOnly | Image::TornAlone => &disk.durable_names,
        Image::Kept | Image::NamesOnly | Image::Torn | Image::Zeroed => &disk.names,
    };
    let mut contents: Vec<Vec<u8>> = disk.nodes.iter().map(|node| content(node, image)).collect();
    if let (Image::Torn | Image::TornAlone, Some(Pending { id, offset, bytes })) = (image, &disk.pending) {
        overwrite(&mut contents[*id], *offset, &bytes[..bytes.len() / 2]);
    }
    let node = |data: Vec<u8>| Node { durable: data.clone(), data, ..Node::default() };
    Disk {
        nodes: contents.into_iter().map(node).collect(),
        names: names.clone(),
        durable_names: names.clone(),
        ..Disk::default()
    }
}

fn content(node: &Node, image: Image) -> Vec<u8> {
    match image {
        Image::Dropped | Image::NamesOnly | Image::TornAlone => node.durable.clone(),
        Image::Kept | Image::ContentOnly | Image::Torn => node.data.clone(),
        Image::Zeroed => {
            let kept = |(at, byte): (usize, &u8)| if node.durable.get(at) == Some(byte) { *byte } else { 0 };
            node.data.iter().enumerate().map(kept).collect()
        }
    }
}
