//! A file's content on its way from the archive's thread to a writing one.

use crossbeam_channel::{Receiver, bounded};

use super::ImportError;
use crate::archive::{Extent, Extents, FileData, Slice, SparseMap};
use crate::writer::{Content, Filling, WriteError};

/// Files up to this size travel whole, so that the archive's thread can go on
/// at once; larger ones follow piece by piece while they are written. Less
/// than the slices that can exist, or both sides would wait.
const WHOLE: u64 = 256 * 1024;

/// Pieces of a large file that may wait for their writer.
const PIECES: usize = 8;

/// Content in slices of the archive's buffers.
pub(super) struct SliceContent {
    slices: Slices,
    extents: Extents,
}

enum Slices {
    Whole(Vec<Slice>),
    Coming {
        pieces: Receiver<Slice>,
        /// Bytes of data that are to come.
        stored: u64,
    },
}

impl SliceContent {
    /// Gives `data` to `submit` and sees that all of it follows.
    pub(super) fn hand_over(
        mut data: FileData<'_, '_>,
        size: u64,
        submit: impl FnOnce(Box<dyn Content>) -> Result<(), WriteError>,
    ) -> Result<(), ImportError> {
        let sparse = data.take_sparse();
        let stored = sparse.as_ref().map_or(size, SparseMap::stored);
        let extents = Extents::new(size, sparse);
        if stored <= WHOLE {
            let mut slices = Vec::new();
            while let Some(slice) = data.piece::<ImportError>()? {
                slices.push(slice);
            }
            let slices = Slices::Whole(slices);
            return Ok(submit(Box::new(Self { slices, extents }))?);
        }
        let (sender, pieces) = bounded(PIECES);
        let slices = Slices::Coming { pieces, stored };
        submit(Box::new(Self { slices, extents }))?;
        while let Some(slice) = data.piece::<ImportError>()? {
            // Nobody takes it any more: the writer failed and says why itself.
            sender.send(slice).map_err(|_| WriteError::Cancelled)?;
        }
        Ok(())
    }
}

impl Content for SliceContent {
    fn pour(mut self: Box<Self>, filling: &mut Filling<'_>) -> Result<(), WriteError> {
        let mut put = |extent: Extent<'_>| match extent {
            Extent::Data(bytes) => filling.data(bytes),
            Extent::Hole(length) => {
                filling.hole(length);
                Ok(())
            }
        };
        match self.slices {
            Slices::Whole(slices) => {
                for slice in slices {
                    self.extents.feed(&slice, &mut put)?;
                }
            }
            Slices::Coming { pieces, mut stored } => {
                for slice in pieces {
                    stored = stored.saturating_sub(slice.len() as u64);
                    self.extents.feed(&slice, &mut put)?;
                }
                // The archive failed in the middle; its error is the one to tell.
                if stored > 0 {
                    return Err(WriteError::Cancelled);
                }
            }
        }
        self.extents.end(put)
    }
}
