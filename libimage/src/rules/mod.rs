//! What ought to be: a table of named rules, and the findings they make.
//!
//! A [`Rule`] is data: a name that stays, a severity, why it is one, what to
//! do. [`judge`] turns the [`Facts`](crate::inspect::Facts) of a tree into
//! [`Finding`]s and a [`Verdict`] without reading anything, so whoever has the
//! facts — a walk over a live tree, an import that saw the same bytes go by —
//! gets the same answer.

mod agreement;
mod demand;
mod finding;
mod foreign;
mod judge;
mod kernel;
mod links;
mod packages;
mod packed;
mod policy;
mod remedy;
mod rule;
mod table;

pub use agreement::agreement;
pub use demand::Demand;
pub use finding::Finding;
pub(crate) use finding::{counted, examples};
pub use judge::{Verdict, judge};
pub(crate) use kernel::findings as kernel_findings;
pub use policy::{Policy, PolicyEntry, PolicyError};
pub use remedy::{Judged, Remedy, remedies};
pub use rule::{Group, Rule, Severity};
pub use table::*;
