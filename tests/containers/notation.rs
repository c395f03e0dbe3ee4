//! Trees and layers as one line of text, so that tables can be read.
//!
//! Names are separated by blanks, in the order in which they are archived:
//! `d/` is a directory, `f:text` a file, `l->target` a symlink, `h=f` another
//! name of `f`, `p|` a pipe. All have the attributes that [`Node`]s have unless
//! told otherwise.

use fixtures::archive::{RawMember, TarBuilder};
use fixtures::container::{Image, Layer, OciLayout, Platform};
use fixtures::tree::{Kind, Node, TreeSpec};

/// The tree that a line describes.
pub(crate) fn tree(line: &str) -> TreeSpec {
    TreeSpec {
        nodes: line.split_whitespace().map(node).collect(),
    }
}

fn node(word: &str) -> Node {
    if let Some((path, target)) = word.split_once("->") {
        Node::symlink(path, target)
    } else if let Some((path, text)) = word.split_once(':') {
        Node::file(path, text)
    } else if let Some((path, of)) = word.split_once('=') {
        Node::hard_link(path, of)
    } else if let Some(path) = word.strip_suffix('|') {
        Node::fifo(path)
    } else if let Some(path) = word.strip_suffix('/') {
        Node::dir(path)
    } else {
        Node::file(word, "")
    }
}

/// The layer that a line describes. Unlike [`Layer::of`] it takes whatever
/// stands there, such as hard links to what another layer has.
pub(crate) fn layer(line: &str) -> Layer {
    let members = tree(line).nodes.into_iter().map(member);
    let tar = members.fold(TarBuilder::new(), |tar, member| tar.member(&member));
    Layer::new(tar.finish())
}

fn member(Node { path, kind, .. }: Node) -> RawMember {
    match kind {
        Kind::File { content, .. } => RawMember::file(path, content),
        Kind::Dir => RawMember::dir([&path[..], b"/"].concat()),
        Kind::Symlink(target) => RawMember::symlink(path, target),
        Kind::HardLink(of) => RawMember::hard_link(path, of),
        Kind::Fifo => RawMember::new(path, b'6', []),
        other => panic!("no word says {other:?}"),
    }
}

/// The layout of one image of these layers.
pub(crate) fn layout(layers: impl IntoIterator<Item = Layer>) -> TreeSpec {
    let image = Image::new(Platform::without_elf());
    let image = layers.into_iter().fold(image, Image::layer);
    let mut layout = OciLayout::new();
    let manifest = layout.image(&image);
    layout.finish(&[manifest])
}
