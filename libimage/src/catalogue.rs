//! Many backups in one place, as generations of trees.
//!
//! [`Generation`] names them, a [`Store`] keeps them, [`Shelf`] is one in a
//! directory. [`back_up`] adds one, [`list`](fn@list) says what is there and what
//! changed from one to the next, [`plan`] which of them go by a [`Retention`], and
//! [`carry_out`] removes those.

mod decide;
mod error;
mod generation;
mod list;
mod make;
mod prune;
mod retention;
mod shelf;
mod store;
mod within;

pub use error::CatalogueError;
pub use generation::Generation;
pub use list::{Catalogue, Generations, Good, Kept, ListOptions, Since, list};
pub use make::{Answer, Made, back_up};
pub use prune::{Judged, PruneOptions, Pruning, carry_out, plan};
pub use retention::{Reason, Retention, Rule};
pub use shelf::Shelf;
pub use store::{Draft, State, Store, Stored};
pub use within::{Within, WithinError};
