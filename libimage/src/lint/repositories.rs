//! Where packages come from: the lists of apt, yum and zypper.

mod apt;
mod ini;
mod judge;
mod read;
mod target;

pub(super) use judge::{cm_ml, duplicate, media, series, signed_by};

use super::{Gap, Subject};
