//! libimage
pub mod archive;
pub mod digest;
pub mod entry;
pub mod error;
pub mod escape;
pub mod manifest;
pub mod monitor;
pub mod path;
pub mod root;
mod sys;
pub mod tree;
pub mod writer;
