//! [`Summary`]: the last line of every report in JSON.

use std::io;

use serde::Serialize;

use super::{Item, Json, Text};
use crate::status::Status;

/// The version of the objects that `docs/json.md` describes. It grows when a
/// member changes its meaning or goes, not when one is added.
const SCHEMA: u32 = 1;

/// How a command ended, with what else it counted.
pub(crate) struct Summary<T> {
    pub(crate) command: &'static str,
    pub(crate) status: Status,
    pub(crate) counts: T,
}

#[derive(Serialize)]
struct Object<'a, T> {
    r#type: &'static str,
    schema: u32,
    command: &'static str,
    exit_status: u8,
    #[serde(flatten)]
    counts: &'a T,
}

/// No counts.
#[derive(Serialize)]
pub(crate) struct Nothing {}

impl Summary<Nothing> {
    /// Of a command that counts nothing, or has failed.
    pub(crate) fn plain(command: &'static str, status: Status) -> Self {
        Self {
            command,
            status,
            counts: Nothing {},
        }
    }
}

/// In text the report speaks for itself.
impl<T: Serialize> Item for Summary<T> {
    fn text(&self, _: &mut Text<'_>) -> io::Result<()> {
        Ok(())
    }

    fn json(&self, out: &mut Json<'_>) -> io::Result<()> {
        out.object(&Object {
            r#type: "summary",
            schema: SCHEMA,
            command: self.command,
            exit_status: self.status.code(),
            counts: &self.counts,
        })
    }
}
