//! Reading on two connections at once: the totals of the months before, while what is told in full is read.
//!
//! Nearly all the time of a statement is the store's, which steps through the sums of a year. A second reader of the same
//! moment does that in a thread of the call's own. Who is told is told by one thread, as ever.

use super::super::rollup::{Rollup, RollupKey};
use super::super::store::Store;
use super::{Told, Totals, totals};
use crate::error::{Error, ErrorCode, Result};
use crate::money::Money;
use crate::time::Window;
use std::{
    collections::BTreeMap,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
};

/// Totals that are handed over together.
const CHUNK: usize = 2_048;
/// Chunks that may wait: a few megabytes.
const CHUNKS: usize = 64;
/// Shorter than this one reader is quicker.
const LONG: std::time::Duration = std::time::Duration::from_hours(24 * 62);

type Cut = BTreeMap<RollupKey, Rollup>;
type Chunk = Vec<(RollupKey, Money, u64)>;
/// What is read on the first connection meanwhile.
type Meanwhile<'a> = dyn FnMut(&mut dyn Store, &mut Told<'_, '_>, &mut Cut) -> Result<()> + 'a;

/// Tells the totals of a window and whatever else is to be read; at once, where the store can be read twice.
pub(super) fn totals_beside(
    store: &mut dyn Store,
    within: Option<Window>,
    told: &mut Told<'_, '_>,
    cut: &mut Cut,
    meanwhile: &mut Meanwhile<'_>,
) -> Result<()> {
    let long = within.filter(|within| within.end().since(within.start()) >= LONG);
    let Some((within, reader)) = long.zip(store.reader()) else {
        totals(store, within, told, cut)?;
        return meanwhile(store, told, cut);
    };
    let mut telling = Totals::default();
    thread::scope(|scope| {
        let (sender, chunks) = sync_channel(CHUNKS);
        let reading = scope.spawn(move || send(reader, within, &sender));
        let outcome = meanwhile(store, told, cut).map(|()| receive(&chunks, &mut telling, told));
        // Where it failed nobody listens any more, and the other thread ends.
        drop(chunks);
        let read = reading.join().unwrap_or_else(|_| Err(stopped()));
        outcome.and(read)
    })?;
    telling.read_cut(store, told, cut)
}

fn send(mut reader: Box<dyn Store>, within: Window, sender: &SyncSender<Chunk>) -> Result<()> {
    let mut chunk = Vec::with_capacity(CHUNK);
    reader.totals(within, &mut |key, amount, calls| {
        chunk.push((*key, amount, calls));
        if chunk.len() == CHUNK {
            // Nobody listens where the other reading failed, and that is told.
            let _ = sender.send(std::mem::replace(&mut chunk, Vec::with_capacity(CHUNK)));
        }
    })?;
    let _ = sender.send(chunk);
    Ok(())
}

fn receive(chunks: &Receiver<Chunk>, telling: &mut Totals, told: &mut Told<'_, '_>) {
    for (key, amount, calls) in chunks.iter().flatten() {
        telling.tell(told, &key, (amount, calls));
    }
}

#[cold]
fn stopped() -> Error {
    Error::new(ErrorCode::LedgerIo, "a thread that read the ledger has stopped")
}
