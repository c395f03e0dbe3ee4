//! libimage
pub mod archive;
pub mod digest;
pub mod entry;
pub mod error;
pub mod escape;
pub mod import;
pub mod inspect;
pub mod manifest;
pub mod monitor;
pub mod path;
pub mod root;
pub mod rules;
mod sys;
pub mod tree;
pub mod verify;
pub mod writer;
