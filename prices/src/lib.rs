//! The price book's sources: reads the tables of genai-prices and LiteLLM, merges them by a written rule, and writes
//! the files of `core/src/pricing/data/market/`.
//!
//! An importer takes a table as it is, apart from prices of zero; judging between tables is the merge's alone. What
//! the book can't express is counted and listed. Nothing here downloads: the tables are files.

pub mod decimal;
pub mod files;
pub mod genai;
pub mod key;
pub mod litellm;
pub mod literal;
pub mod merge;
pub mod model;
pub mod read;
pub mod report;
pub mod sellers;
pub mod write;
