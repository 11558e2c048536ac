//! The engine behind a purse: converts arguments, runs the core without the interpreter where it waits for a disk, and
//! opens a ledger again in a process that was forked off.

use crate::{
    clock::ManualClock,
    convert::{Count, pairs, tag_items},
    error::{OrRaise, refusal, wrong_type},
    fork,
    handles::{Model, Scope},
    hold::Hold,
    opened::{Opened, Opening, clock_of},
    terms,
    usage::Usage,
};
use bursar::{Api, ApiRequest, Bursar, CacheUse, Call, Decision, Durability, ErrorCode, Policy, TagSet};
use pyo3::{
    prelude::*,
    sync::PyOnceLock,
    types::{PyBytes, PyDict, PyString},
};
use std::{
    borrow::Cow,
    sync::{PoisonError, RwLock},
    time::Duration,
};

static REOPENING: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static AMBIENT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// One ledger with its policy.
#[pyclass(frozen, subclass, module = "bursar._native", weakref)]
pub(crate) struct Engine {
    opening: RwLock<Opening>,
    opened: RwLock<Opened>,
    is_file: bool,
}

/// What a call is beside its scope and its model.
pub(crate) struct Asked<'a> {
    pub(crate) input_tokens: u64,
    pub(crate) max_output_tokens: Option<u64>,
    pub(crate) key: Option<&'a str>,
    pub(crate) extra: Option<bursar::Usage>,
    pub(crate) terms: bursar::Terms,
    pub(crate) is_cached: Option<bool>,
    pub(crate) fingerprint: Option<u64>,
    pub(crate) lifetime: Option<f64>,
}

impl Engine {
    /// The ledger of this process; opened again where the process was forked off.
    #[inline]
    pub(crate) fn bursar(&self, py: Python<'_>) -> PyResult<Bursar> {
        if let Some(bursar) = self.opened.read().unwrap_or_else(PoisonError::into_inner).get() {
            return Ok(bursar.clone());
        }
        self.open_again(py)
    }

    /// The ledger, if this process has opened it.
    pub(crate) fn if_open(&self) -> Option<Bursar> {
        self.opened.read().unwrap_or_else(PoisonError::into_inner).get().cloned()
    }

    #[cold]
    fn open_again(&self, py: Python<'_>) -> PyResult<Bursar> {
        let opening = self.opening.read().unwrap_or_else(PoisonError::into_inner);
        REOPENING.import(py, "bursar._fork", "opening_again")?.call1((&opening.path, self.is_file))?;
        let opened = opening.open(py)?;
        let bursar = opened.get().cloned();
        *self.opened.write().unwrap_or_else(PoisonError::into_inner) = opened;
        bursar.ok_or_else(|| wrong_type("the process was forked while its ledger was opened"))
    }

    /// Runs what may wait for a disk; in memory nothing does, and giving up the interpreter would cost more.
    #[inline]
    pub(crate) fn run<T: Send>(&self, py: Python<'_>, run: impl FnOnce() -> T + Send) -> T {
        if self.is_file { py.detach(run) } else { run() }
    }

    pub(crate) fn ledger_path(&self) -> String {
        self.opening.read().unwrap_or_else(PoisonError::into_inner).path.clone()
    }

    /// Whether commits are written to the system's memory only, which takes microseconds.
    pub(crate) fn is_quickly_durable(&self) -> bool {
        self.opening.read().unwrap_or_else(PoisonError::into_inner).durability != Durability::Power
    }

    pub(crate) fn end(
        &self,
        py: Python<'_>,
        end: impl FnOnce(&Bursar) -> bursar::Result<()> + Send,
    ) -> PyResult<()> {
        let bursar = self.bursar(py)?;
        self.run(py, || end(&bursar)).or_raise(py)
    }

    /// A model from its handle or its name.
    #[inline]
    pub(crate) fn model_of<'a>(
        py: Python<'_>,
        bursar: &Bursar,
        model: &'a Bound<'_, PyAny>,
        provider: Option<&str>,
    ) -> PyResult<Cow<'a, bursar::Model>> {
        if let Ok(handle) = model.cast::<Model>() {
            let handle = handle.get();
            if handle.generation == fork::generation() {
                return Ok(Cow::Borrowed(&handle.inner));
            }
            let name = handle.inner.name();
            let (provider, name) =
                name.split_once('/').map_or((None, name), |(provider, name)| (Some(provider), name));
            return bursar.model(provider, name).or_raise(py).map(Cow::Owned);
        }
        let Ok(name) = model.cast::<PyString>() else {
            return Err(wrong_type(format!(
                "a model is a name (str) or a Model, not {}",
                model.get_type().name()?
            )));
        };
        bursar.model(provider, name.to_str()?).or_raise(py).map(Cow::Owned)
    }

    /// A scope from its handle, from a dict of tags, or from the tags around the call.
    pub(crate) fn scope_of<'a>(
        py: Python<'_>,
        bursar: &Bursar,
        scope: Option<&'a Bound<'_, PyAny>>,
    ) -> PyResult<Cow<'a, bursar::Scope>> {
        if let Some(handle) = scope.and_then(|scope| scope.cast::<Scope>().ok()) {
            let handle = handle.get();
            if handle.generation == fork::generation() {
                return Ok(Cow::Borrowed(&handle.inner));
            }
            let given: Vec<_> = handle.given.iter().map(|(key, value)| (&**key, &**value)).collect();
            return bursar.scope(&given).or_raise(py).map(Cow::Owned);
        }
        let tags = match scope {
            Some(scope) if !scope.is_none() => scope.clone(),
            _ => AMBIENT.import(py, "bursar._tags", "current")?.call0()?,
        };
        let Ok(tags) = tags.cast::<PyDict>() else {
            return Err(wrong_type(format!(
                "a scope is a Scope, a dict of tags or None for the tags around the call, not {}",
                tags.get_type().name()?
            )));
        };
        let items = tag_items(tags)?;
        bursar.scope(&pairs(&items)?).or_raise(py).map(Cow::Owned)
    }

    fn decide_on(
        &self,
        py: Python<'_>,
        scope: Option<&Bound<'_, PyAny>>,
        (model, provider, others): (&Bound<'_, PyAny>, Option<&str>, Vec<Bound<'_, PyAny>>),
        asked: &Asked<'_>,
    ) -> PyResult<Answered> {
        let bursar = self.bursar(py)?;
        let scope = match Self::scope_of(py, &bursar, scope) {
            Ok(scope) => scope,
            Err(fault) => return Answered::raised(py, fault),
        };
        let model = match Self::model_of(py, &bursar, model, provider) {
            Ok(model) => model,
            Err(fault) => return Answered::raised(py, fault),
        };
        let found = others.iter().map(|other| Self::model_of(py, &bursar, other, None));
        let others = match found.collect::<PyResult<Vec<_>>>() {
            Ok(others) => others,
            Err(fault) => return Answered::raised(py, fault),
        };
        let call = others.iter().fold(asked.call(&model), |call, other| call.or(other, asked.bound()));
        let decision = self.run(py, || bursar.reserve(&scope, &call)).or_raise(py)?;
        Answered::of(py, &decision)
    }
}

/// A decision as Python has it: a hold, or the exception of the refusal.
pub(crate) enum Answered {
    Admitted(bursar::Hold),
    Refused(Py<PyAny>),
}

impl Answered {
    pub(crate) fn of(py: Python<'_>, decision: &Decision) -> PyResult<Self> {
        match decision {
            Decision::Admitted(hold) => Ok(Self::Admitted(*hold)),
            refused => refusal(py, refused).map(|error| Self::Refused(error.unbind())),
        }
    }

    /// A name that leads nowhere is a refusal too; anything else is a fault.
    #[cold]
    fn raised(py: Python<'_>, fault: PyErr) -> PyResult<Self> {
        let code = fault.value(py).getattr_opt("code")?.and_then(|code| code.extract::<String>().ok());
        let refusals = [ErrorCode::TagsRefused, ErrorCode::ModelUnknown, ErrorCode::ModelUnpriced];
        if code.is_some_and(|code| refusals.iter().any(|known| known.as_str() == code)) {
            return Ok(Self::Refused(fault.into_value(py).into_any()));
        }
        Err(fault)
    }

    /// The hold, or the refusal raised.
    pub(crate) fn or_raise(self, py: Python<'_>, engine: &Py<Engine>, api: Option<Api>) -> PyResult<Hold> {
        match self {
            Self::Admitted(hold) => Ok(Hold::new(engine.clone_ref(py), hold, api)),
            Self::Refused(error) => Err(PyErr::from_value(error.into_bound(py))),
        }
    }

    /// The hold, or the refusal as a value.
    fn into_value(self, py: Python<'_>, engine: &Py<Engine>, api: Option<Api>) -> PyResult<Py<PyAny>> {
        match self {
            Self::Admitted(hold) => Ok(Py::new(py, Hold::new(engine.clone_ref(py), hold, api))?.into_any()),
            Self::Refused(error) => Ok(error),
        }
    }
}

impl Asked<'_> {
    pub(crate) fn call<'m>(&self, model: &'m bursar::Model) -> Call<'m> {
        self.filled(Call::new(model, 0).bound(self.bound()))
    }

    fn bound(&self) -> bursar::BoundRequest {
        bursar::BoundRequest {
            input_tokens: self.input_tokens,
            max_output_tokens: self.max_output_tokens,
            extra: self.extra.map(Box::new),
            terms: self.terms.clone(),
            cache: if self.is_cached == Some(false) { CacheUse::None } else { CacheUse::Possible },
        }
    }

    fn filled<'m>(&self, mut call: Call<'m>) -> Call<'m> {
        if let Some(key) = self.key {
            call = call.key(key);
        }
        if let Some(fingerprint) = self.fingerprint {
            call = call.fingerprint(fingerprint);
        }
        if let Some(seconds) = self.lifetime.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()) {
            call = call.lifetime(seconds);
        }
        call
    }
}

#[pymethods]
impl Engine {
    /// Opens a ledger under a policy.
    #[new]
    #[pyo3(signature = (path, *, policy_toml=None, policy_json=None, policy_path=None, durability="process", tags=None, resource_attributes=None, read_only=false, shared=false, clock=None))]
    #[expect(clippy::too_many_arguments, reason = "the face has them as keywords")]
    fn new(
        py: Python<'_>,
        path: String,
        policy_toml: Option<&str>,
        policy_json: Option<&str>,
        policy_path: Option<&str>,
        durability: &str,
        tags: Option<&Bound<'_, PyDict>>,
        resource_attributes: Option<String>,
        read_only: bool,
        shared: bool,
        clock: Option<&Bound<'_, ManualClock>>,
    ) -> PyResult<Self> {
        let policy = read_policy(py, policy_toml, policy_json, policy_path)?;
        let durability = match durability {
            "process" => Durability::Process,
            "power" => Durability::Power,
            "memory" => Durability::Memory,
            other => {
                return Err(pyo3::exceptions::PyValueError::new_err(format!(
                    "`{other}` is no durability; allowed are `process`, `power` and `memory`"
                )));
            }
        };
        let tags = match tags {
            Some(tags) => {
                let items = tag_items(tags)?;
                TagSet::from_pairs(pairs(&items)?).or_raise(py)?
            }
            None => TagSet::new(),
        };
        let opening = Opening {
            path,
            policy,
            budgets: Vec::new(),
            durability,
            tags,
            resource_attributes,
            is_reading: read_only,
            is_shared: shared,
            clock: clock_of(clock),
        };
        let opened = opening.open(py)?;
        Ok(Self { is_file: opening.is_file(), opening: RwLock::new(opening), opened: RwLock::new(opened) })
    }

    /// Gives up the connection to a shared ledger, which a child of this process must not take along.
    fn _before_fork(&self, py: Python<'_>) {
        if let Some(bursar) = self.if_open() {
            py.detach(|| bursar.before_fork());
        }
    }

    /// Lets calls go on in the process that was forked.
    fn _after_fork(&self) {
        if let Some(bursar) = self.if_open() {
            bursar.after_fork();
        }
    }

    /// Resolves tags once.
    #[pyo3(signature = (tags, *, parent=None))]
    fn _scope(
        &self,
        py: Python<'_>,
        tags: &Bound<'_, PyDict>,
        parent: Option<&Bound<'_, Scope>>,
    ) -> PyResult<Scope> {
        let (bursar, items) = (self.bursar(py)?, tag_items(tags)?);
        let pairs = pairs(&items)?;
        match parent {
            Some(parent) => {
                let parent = Self::scope_of(py, &bursar, Some(parent.as_any()))?;
                bursar.child_scope(&parent, &pairs).or_raise(py).map(Scope::child)
            }
            None => Ok(Scope::new(bursar.scope(&pairs).or_raise(py)?, &pairs)),
        }
    }

    /// Resolves a model's name once.
    #[pyo3(signature = (name, *, provider=None))]
    fn model(&self, py: Python<'_>, name: &str, provider: Option<&str>) -> PyResult<Model> {
        let inner = self.bursar(py)?.model(provider, name).or_raise(py)?;
        Ok(Model { inner, generation: fork::generation() })
    }

    /// Holds the most that a call may cost, or raises the refusal.
    #[pyo3(signature = (scope=None, *, model, input_tokens, max_output_tokens=None, key=None, provider=None, extra=None, terms=None, cache=None, fingerprint=None, lifetime=None, others=None))]
    #[expect(clippy::too_many_arguments, reason = "a call's keywords")]
    fn reserve(
        slf: &Bound<'_, Self>,
        py: Python<'_>,
        scope: Option<&Bound<'_, PyAny>>,
        model: &Bound<'_, PyAny>,
        input_tokens: Count,
        max_output_tokens: Option<Count>,
        key: Option<&str>,
        provider: Option<&str>,
        extra: Option<&Bound<'_, Usage>>,
        terms: Option<&Bound<'_, PyDict>>,
        cache: Option<bool>,
        fingerprint: Option<u64>,
        lifetime: Option<f64>,
        others: Option<Vec<Bound<'_, PyAny>>>,
    ) -> PyResult<Hold> {
        let asked = Asked {
            input_tokens: input_tokens.0,
            max_output_tokens: max_output_tokens.map(|count| count.0),
            key,
            extra: extra.map(|extra| extra.get().0),
            terms: terms::read(terms)?,
            is_cached: cache,
            fingerprint,
            lifetime,
        };
        slf.get().decide_on(py, scope, (model, provider, others.unwrap_or_default()), &asked)?.or_raise(
            py,
            slf.as_unbound(),
            None,
        )
    }

    /// The same with the refusal as a value: a hold, or the exception that was not raised.
    #[pyo3(signature = (scope=None, *, model, input_tokens, max_output_tokens=None, key=None, provider=None, extra=None, terms=None, cache=None, fingerprint=None, lifetime=None, others=None))]
    #[expect(clippy::too_many_arguments, reason = "a call's keywords")]
    fn _decide(
        slf: &Bound<'_, Self>,
        py: Python<'_>,
        scope: Option<&Bound<'_, PyAny>>,
        model: &Bound<'_, PyAny>,
        input_tokens: Count,
        max_output_tokens: Option<Count>,
        key: Option<&str>,
        provider: Option<&str>,
        extra: Option<&Bound<'_, Usage>>,
        terms: Option<&Bound<'_, PyDict>>,
        cache: Option<bool>,
        fingerprint: Option<u64>,
        lifetime: Option<f64>,
        others: Option<Vec<Bound<'_, PyAny>>>,
    ) -> PyResult<Py<PyAny>> {
        let asked = Asked {
            input_tokens: input_tokens.0,
            max_output_tokens: max_output_tokens.map(|count| count.0),
            key,
            extra: extra.map(|extra| extra.get().0),
            terms: terms::read(terms)?,
            is_cached: cache,
            fingerprint,
            lifetime,
        };
        slf.get().decide_on(py, scope, (model, provider, others.unwrap_or_default()), &asked)?.into_value(
            py,
            slf.as_unbound(),
            None,
        )
    }

    /// The decision on a request's body: a hold, or the exception of the refusal.
    #[pyo3(signature = (body, *, api, path, scope=None, provider=None, key=None))]
    #[expect(clippy::too_many_arguments, reason = "a request's keywords")]
    fn _decide_request(
        slf: &Bound<'_, Self>,
        py: Python<'_>,
        body: &Bound<'_, PyBytes>,
        api: &str,
        path: &str,
        scope: Option<&Bound<'_, PyAny>>,
        provider: Option<&str>,
        key: Option<&str>,
    ) -> PyResult<Py<PyAny>> {
        let engine = slf.get();
        let api: Api = api.parse().or_raise(py)?;
        let request = ApiRequest::read(api, path, body.as_bytes()).or_raise(py)?;
        let bursar = engine.bursar(py)?;
        let scope = match Self::scope_of(py, &bursar, scope) {
            Ok(scope) => scope,
            Err(fault) => return Answered::raised(py, fault)?.into_value(py, slf.as_unbound(), Some(api)),
        };
        let decision =
            engine.run(py, || bursar.reserve_request(&scope, provider, &request, keyed(key))).or_raise(py)?;
        Answered::of(py, &decision)?.into_value(py, slf.as_unbound(), Some(api))
    }

    /// Puts another policy in force, whole or not at all.
    #[pyo3(signature = (*, policy_toml=None, policy_json=None, policy_path=None))]
    fn _apply(
        &self,
        py: Python<'_>,
        policy_toml: Option<&str>,
        policy_json: Option<&str>,
        policy_path: Option<&str>,
    ) -> PyResult<()> {
        let policy = read_policy(py, policy_toml, policy_json, policy_path)?;
        self.change(py, |opening| opening.policy = policy)
    }

    /// What would change if another policy were put in force.
    #[pyo3(signature = (*, policy_toml=None, policy_json=None, policy_path=None))]
    fn _plan(
        &self,
        py: Python<'_>,
        policy_toml: Option<&str>,
        policy_json: Option<&str>,
        policy_path: Option<&str>,
    ) -> PyResult<String> {
        let mut next = self.opening.read().unwrap_or_else(PoisonError::into_inner).clone();
        next.policy = read_policy(py, policy_toml, policy_json, policy_path)?;
        Ok(self.bursar(py)?.policy().plan(&next.whole_policy()).to_string())
    }

    /// Adds budgets to the policy in force, which stay when another one is put in force.
    fn _add_budgets(&self, py: Python<'_>, policy_json: &str) -> PyResult<()> {
        let added = read_policy(py, None, Some(policy_json), None)?;
        self.change(py, |opening| opening.budgets.extend(added.budgets().iter().cloned()))
    }
}

impl Engine {
    /// Puts what the ledger is opened with in force, changed; or leaves it as it was.
    fn change(&self, py: Python<'_>, change: impl FnOnce(&mut Opening)) -> PyResult<()> {
        let bursar = self.bursar(py)?;
        let mut next = self.opening.read().unwrap_or_else(PoisonError::into_inner).clone();
        change(&mut next);
        let policy = next.whole_policy();
        py.detach(|| bursar.apply(policy)).or_raise(py)?;
        *self.opening.write().unwrap_or_else(PoisonError::into_inner) = next;
        Ok(())
    }
}

/// Gives a call the caller's key, if there is one.
fn keyed(key: Option<&str>) -> impl for<'m> FnOnce(Call<'m>) -> Call<'m> + Send {
    move |call| match key {
        Some(key) => call.key(key),
        None => call,
    }
}

/// A policy from one of its forms; none of them is the empty policy.
pub(crate) fn read_policy(
    py: Python<'_>,
    toml: Option<&str>,
    json: Option<&str>,
    path: Option<&str>,
) -> PyResult<Policy> {
    match (toml, json, path) {
        (Some(text), _, _) => Policy::from_toml(text).or_raise(py),
        (_, Some(text), _) => Policy::from_any(&mut serde_json::Deserializer::from_str(text)).or_raise(py),
        (_, _, Some(path)) => Policy::from_file(path).or_raise(py),
        (None, None, None) => Ok(Policy::new()),
    }
}
