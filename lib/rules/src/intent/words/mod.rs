//! The lexicons.

mod aims;
mod harm;
mod manners;
mod orders;

pub use aims::WORDS as AIMS;
pub use harm::WORDS as HARM;
pub use manners::WORDS as MANNERS;
pub use orders::WORDS as ORDERS;
