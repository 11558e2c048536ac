//! The terms of a call that its price depends on.

use std::{fmt, sync::Arc};

/// One of the terms that a price can depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Axis {
    ServiceTier,
    Processing,
    Speed,
    Region,
    DataResidency,
    Resolution,
    Search,
}

impl Axis {
    pub(super) const ALL: [Self; 7] = [
        Self::ServiceTier,
        Self::Processing,
        Self::Speed,
        Self::Region,
        Self::DataResidency,
        Self::Resolution,
        Self::Search,
    ];
    pub(super) const COUNT: usize = Self::ALL.len();

    /// The key in a price book's `when` and in a policy.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::ServiceTier => "service_tier",
            Self::Processing => "processing",
            Self::Speed => "speed",
            Self::Region => "region",
            Self::DataResidency => "data_residency",
            Self::Resolution => "resolution",
            Self::Search => "search",
        }
    }
}

/// The words that mean "as usual", whatever the provider calls it: they say nothing.
const STANDARD: &[&str] =
    &["", "default", "standard", "auto", "on_demand", "standard_only", "global", "unspecified"];

/// The word that some providers give as a service tier and others as a way of processing.
const BATCH: &str = "batch";

/// The terms of a call that its price depends on: service tier, processing, speed, region, data residency, the
/// resolution of what is made and how a search goes about.
///
/// Names are compared without regard to case. `default`, `standard`, `auto` and `on_demand` are the standard terms,
/// and the service tier `batch` is a way of processing.
///
/// # Examples
/// ```
/// use bursar::Terms;
/// let requested = Terms::new().service_tier("priority");
/// assert_eq!(requested.iter().next(), Some(("service_tier", "priority")));
/// assert_eq!(requested.served("default"), Terms::new());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Terms {
    /// The names that aren't standard; nothing for the usual call, which carries and drops no more than that.
    names: Option<Arc<Names>>,
}

/// A name for each axis, or nothing where it is the standard one.
type Names = [Option<Arc<str>>; Axis::COUNT];

impl Terms {
    /// The standard terms.
    pub const fn new() -> Self {
        Self { names: None }
    }

    /// The service tier, such as `priority` or `flex`; Vertex's `ON_DEMAND_FLEX` is `flex`.
    #[must_use]
    pub fn service_tier(self, name: &str) -> Self {
        let name = name.trim().to_lowercase();
        if name == BATCH {
            return self.set(Axis::ServiceTier, "").set(Axis::Processing, BATCH);
        }
        self.set(Axis::ServiceTier, name.strip_prefix("on_demand_").unwrap_or(&name))
    }

    /// The service tier that the answer names, which wins over the one that was asked for; an empty name tells nothing.
    #[must_use]
    pub fn served(self, name: &str) -> Self {
        if name.trim().is_empty() { self } else { self.service_tier(name) }
    }

    /// The way of processing, such as `batch`.
    #[must_use]
    pub fn processing(self, name: &str) -> Self {
        self.set(Axis::Processing, name)
    }

    /// The speed mode, such as `fast`.
    #[must_use]
    pub fn speed(self, name: &str) -> Self {
        self.set(Axis::Speed, name)
    }

    /// The region in which the call is served.
    #[must_use]
    pub fn region(self, name: &str) -> Self {
        self.set(Axis::Region, name)
    }

    /// The region that the data may not leave, such as `eu`.
    #[must_use]
    pub fn data_residency(self, name: &str) -> Self {
        self.set(Axis::DataResidency, name)
    }

    /// The resolution of the images or the video that is made, such as `720p` or `2K`.
    #[must_use]
    pub fn resolution(self, name: &str) -> Self {
        self.set(Axis::Resolution, name)
    }

    /// How a search goes about: the size of its context, such as `high`, or its kind, such as `fast`.
    #[must_use]
    pub fn search(self, name: &str) -> Self {
        self.set(Axis::Search, name)
    }

    /// Whether the terms are the standard ones.
    pub const fn is_standard(&self) -> bool {
        self.names.is_none()
    }

    /// The terms that aren't the standard ones, by the keys of a price book, each with its name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        Axis::ALL.into_iter().filter_map(|axis| Some((axis.as_str(), self.get(axis)?)))
    }

    pub(super) fn get(&self, axis: Axis) -> Option<&str> {
        self.names.as_ref()?.get(axis as usize)?.as_deref()
    }

    fn set(mut self, axis: Axis, name: &str) -> Self {
        let names = Arc::make_mut(self.names.get_or_insert_default());
        if let Some(slot) = names.get_mut(axis as usize) {
            *slot = normalised(name).map(Arc::from);
        }
        if names.iter().all(Option::is_none) {
            self.names = None;
        }
        self
    }
}

impl fmt::Display for Terms {
    /// The terms that aren't the standard ones, in the order of [`iter`](Terms::iter):
    /// `service_tier=priority,processing=batch`; nothing for the standard terms.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        self.iter().try_for_each(|(key, name)| {
            write!(f, "{separator}{key}={name}")?;
            separator = ",";
            Ok(())
        })
    }
}

/// The name in lower case, or nothing where it means the standard.
pub(super) fn normalised(name: &str) -> Option<String> {
    let name = name.trim().to_lowercase();
    if STANDARD.contains(&name.as_str()) { None } else { Some(name) }
}
