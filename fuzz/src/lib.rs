//! What the fuzz targets share: how input is read, and what must hold then.

pub mod archive;
pub mod backup;
pub mod blocks;
pub mod container;
pub mod layers;
pub mod manifest;
pub mod plan;
pub mod shelf;
pub mod text;
pub mod tree;
