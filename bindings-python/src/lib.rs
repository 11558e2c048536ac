//! The private module `bursar._native`: converts types and errors for Python's hand-written face, and nothing else.
//!
//! Money crosses as decimal text, so that no digit is lost and no float is made on the way.

mod error;
mod money;

use pyo3::prelude::*;

#[pymodule(name = "_native")]
mod native {
    #[pymodule_export]
    use crate::money::parse_money;
    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
