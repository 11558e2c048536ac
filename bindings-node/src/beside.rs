//! What reads a whole ledger, done at once or beside the event loop.
//!
//! Both answer with a list, because napi has no name for an opaque value that comes later, and has one for a list of them.

use crate::fault::{Answered, answered};
use bursar::Result;
use napi::{
    Env, Error, Task,
    bindgen_prelude::{AsyncTask, External, ToNapiValue},
};

/// What crosses to the face, and as what.
pub(crate) trait Crosses: Send + 'static {
    type Js: ToNapiValue;

    fn cross(self) -> Self::Js;
}

impl Crosses for String {
    type Js = Self;

    fn cross(self) -> Self::Js {
        self
    }
}

impl Crosses for i64 {
    type Js = Self;

    fn cross(self) -> Self::Js {
        self
    }
}

impl<T: Send + 'static> Crosses for crate::made::Made<T> {
    type Js = External<Self>;

    fn cross(self) -> Self::Js {
        External::new(self)
    }
}

/// Hands over what was done at once.
pub(crate) fn at_once<T: Crosses>(done: Result<Vec<T>>) -> Answered<Vec<T::Js>> {
    answered(done.map(|all| all.into_iter().map(T::cross).collect()))
}

type Job<T> = Box<dyn FnOnce() -> Result<Vec<T>> + Send>;

/// Work that is done beside the event loop.
pub(crate) struct Beside<T>(Option<Job<T>>);

/// Does a job beside the event loop.
pub(crate) fn beside<T: Crosses>(
    job: impl FnOnce() -> Result<Vec<T>> + Send + 'static,
) -> AsyncTask<Beside<T>> {
    AsyncTask::new(Beside(Some(Box::new(job))))
}

impl<T: Crosses> Task for Beside<T> {
    type Output = Result<Vec<T>>;
    type JsValue = Answered<Vec<T::Js>>;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        let job = self.0.take().ok_or_else(|| Error::from_reason("a job is done once"))?;
        Ok(job())
    }

    fn resolve(&mut self, _: Env, output: Self::Output) -> napi::Result<Self::JsValue> {
        Ok(at_once(output))
    }
}
