//! Orders to the machine that reads a document, in whatever words: by what stands around the word that names the reader (`rules/reader_weights.tsv`).

mod names;
mod terms;

use super::message::Labelled;
use crate::builtin;
use crate::detector::{Detector, Report, Reports, Scene};
use crate::learned::{Bag, Weights, fit, set};
use std::sync::LazyLock;

/// From here on what is said around a name is taken for an order to its bearer: so much that 4 of 8428 pieces of documents reach it from whose files
/// nothing was learned (docs/measured.md). Below zero, because orders are rare among the texts that were learned from.
const LIKELY: f64 = -0.25;

/// A term that fewer texts use is a name or a slip.
const TEXTS: usize = 20;

/// So much of what follows the name is shown.
const SHOWN: usize = 160;

/// Reports the place of a document that is most likely an order to its reader, if any is likely enough.
pub(crate) struct Reader;

impl Detector for Reader {
    fn name(&self) -> &'static str {
        "reader"
    }

    fn detect(&self, scene: &Scene<'_>, out: &mut Reports) {
        let names = names::among(scene.text, scene.keywords.iter().map(|word| word.start));
        let weighed = names.map(|name| (WEIGHTS.score(|terms| terms::give(scene.text, &name, terms)), name));
        let Some((score, name)) = weighed.max_by(|(a, _), (b, _)| a.total_cmp(b)) else { return };
        if score > LIKELY {
            let end = scene.text.floor_char_boundary(name.end + SHOWN);
            let line = scene.text[name.end..end].find('\n').map_or(end, |length| name.end + length);
            out.add(Report {
                rule: "injection.to-reader",
                span: name.start..line,
                secret: None,
                confidence: Some((0.65 + 0.1 * (score - LIKELY)).min(0.9)),
                label: None,
            });
        }
    }
}

static WEIGHTS: LazyLock<Weights> = LazyLock::new(|| Weights::parse(builtin::READER_WEIGHTS));

/// The table `reader_weights.tsv`, learned from labelled documents.
pub fn reader_weights(documents: &[Labelled]) -> String {
    let around = |text: &str, name| set(|terms| terms::give(text, &name, terms));
    let bags = documents.iter().enumerate().map(|(at, document)| Bag {
        places: names::all(&document.text).map(|name| around(&document.text, name)).collect(),
        positive: document.injection,
        group: at.to_string(),
    });
    fit(&bags.collect::<Vec<_>>(), TEXTS)
}
