//! What the tests over the whole of Bursar share: the naive model with random policies and commands, the simulator,
//! a scene with one model and a few budgets, seeded chance, stores that fail, and recorded data.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::missing_errors_doc,
    clippy::needless_for_each,
    clippy::similar_names,
    clippy::too_many_lines,
    clippy::missing_panics_doc,
    missing_docs,
    reason = "an oracle stops where it is wrong"
)]

mod chance;
mod disk;
pub mod model;
pub mod reference;
pub mod scene;
pub mod sim;

pub use chance::Chance;
pub use disk::{Disk, DiskStore};
