//! Several archives in one input, as layers over each other.

use crate::blocks::BLOCK;

/// How the block begins that stands between two layers.
const BORDER: &[u8] = b"next layer";

/// The layers of an input, each with the end marker that it may lack.
pub fn split(input: &[u8]) -> Vec<Vec<u8>> {
    let mut layers = vec![Vec::new()];
    for block in input.chunks(BLOCK) {
        if block.starts_with(BORDER) {
            layers.push(Vec::new());
        } else {
            let last = layers.last_mut().expect("one at least");
            last.extend_from_slice(block);
        }
    }
    for layer in &mut layers {
        layer.extend([0; 2 * BLOCK]);
    }
    layers
}

/// An input of these layers.
pub fn join(layers: &[Vec<u8>]) -> Vec<u8> {
    let mut border = BORDER.to_vec();
    border.resize(BLOCK, 0);
    layers.join(&border[..])
}

#[cfg(test)]
mod tests {
    use fixtures::archive::TarBuilder;

    use super::*;

    #[test]
    fn layers_come_apart_as_they_were_put_together() {
        let layers = ["a", "b"].map(|name| TarBuilder::new().file(name, name).unfinished());
        let whole = layers.clone().map(|mut layer| {
            layer.extend([0; 2 * BLOCK]);
            layer
        });
        assert_eq!(split(&join(&layers)), whole);
        assert_eq!(split(b""), [[0; 2 * BLOCK]]);
    }
}
