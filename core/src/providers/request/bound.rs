//! What a price book bounds a request by: its input by medium, its output, what is made, and uses that are charged.

use super::{
    ApiRequest,
    family::{DEEP_RESEARCH, Family, agent},
    input::{ASSUMED_CONTEXT_WINDOW, InputBound},
    piece::Medium,
    work::Work,
};
use crate::{
    error::{Error, ErrorCode, Result},
    money::ExactMoney,
    pricing::{BoundRequest, CacheUse, Dimension, ModelHandle, Terms, Usage},
    providers::Api,
    time::Timestamp,
};

/// Tokens of an image made, at the most.
const MAX_IMAGE_OUTPUT_TOKENS: u64 = 16_384;
/// Audio tokens that a character can be spoken in, at the most.
const AUDIO_TOKENS_PER_CHARACTER: u64 = 8;
/// Tokens of text that a second of speech can be written in, at the most.
const WRITTEN_TOKENS_PER_SECOND: u64 = 32;

impl ApiRequest {
    /// Uses of the provider's own tools that are charged by themselves, such as searches of the web, at the most.
    pub fn server_tool_uses(&self) -> Usage {
        let maker = Family::of(&self.model).maker;
        let most = self.input.most_calls.unwrap_or(u64::MAX);
        let charged = self.input.served.iter().filter_map(|one| {
            // A session is one, however often it is used.
            let uses =
                |dimension| if dimension == Dimension::CodeSessions { 1 } else { one.uses().min(most) };
            one.charged(maker).map(|dimension| (dimension, uses(dimension)))
        });
        charged.collect()
    }

    /// What a price book bounds the call by, and the reasons for its input.
    ///
    /// # Errors
    /// `bound_missing` where the limit on the output doesn't cover all of it and the model's maximum isn't known, and
    /// those of [`ModelHandle::context_window`].
    ///
    /// # Examples
    /// ```
    /// use bursar::{Api, ApiRequest, Bursar, Call};
    /// let bursar = Bursar::builder().in_memory()?;
    /// let body = br#"{"model":"gpt-5-mini","max_output_tokens":500,"input":"hello"}"#;
    /// let request = ApiRequest::read(Api::Responses, "/v1/responses", body)?;
    ///
    /// let model = bursar.model(Some("openai"), request.model())?;
    /// let (bound, _) = request.bound(model.prices(), bursar.now())?;
    /// let decision = bursar.reserve(&bursar.scope(&[("team", "data")])?, &Call::new(&model, 0).bound(bound))?;
    /// assert!(decision.is_admitted());
    /// # Ok::<(), bursar::Error>(())
    /// ```
    pub fn bound(&self, model: &ModelHandle, at: Timestamp) -> Result<(BoundRequest, InputBound)> {
        let window = model.context_window(at)?;
        let input = self.input(window);
        let maximum = model.max_output_tokens(at)?;
        let total = self.output.total(maximum);
        if total.is_none() && !self.output.is_plain() {
            let message =
                format!("`{}` has no known maximum of output tokens, and the call gives none", self.model);
            return Err(Error::new(ErrorCode::BoundMissing, message).with("model", &self.model));
        }
        let prices = Prices { model, terms: &self.terms, at };
        let mut bound = BoundRequest {
            input_tokens: input.of(Medium::Text),
            max_output_tokens: if self.output.is_plain() { self.output.each } else { total },
            extra: None,
            terms: self.terms.clone(),
            cache: self.cache,
        };
        let mut extra = self.server_tool_uses();
        for (medium, dimension) in [
            (Medium::Image, Dimension::ImageInput),
            (Medium::Audio, Dimension::AudioInput),
            (Medium::Video, Dimension::VideoInput),
        ] {
            let tokens = input.of(medium);
            let is_apart = self.tells_apart(medium) && !prices.has(dimension);
            if tokens > 0 && (is_apart || prices.is_dearer_than_text(dimension, self.cache)) {
                extra.set(dimension, tokens);
            } else {
                bound.input_tokens = bound.input_tokens.saturating_add(tokens);
            }
        }
        self.add_made(&mut extra, total.or(maximum).unwrap_or(0), &prices);
        self.add_work(&mut bound, &mut extra, &prices);
        if agent(&self.model) == Some(DEEP_RESEARCH) && prices.has(Dimension::Citation) {
            extra.set(Dimension::Citation, window.unwrap_or(ASSUMED_CONTEXT_WINDOW));
        }
        bound.extra = (!extra.is_empty()).then(|| Box::new(extra));
        Ok((bound, input))
    }

    /// Whether an answer counts a medium that was sent apart from text. Without a price of its own the call couldn't be
    /// settled, so its bound has the medium by its name, by which it is refused.
    const fn tells_apart(&self, medium: Medium) -> bool {
        match self.api {
            Api::GenerateContent => true,
            Api::Chat => matches!(medium, Medium::Audio),
            Api::Images => matches!(medium, Medium::Image),
            _ => false,
        }
    }

    /// Adds what an answer may hold beside text, in the dimension that the model prices, or that the answer will tell.
    fn add_made(&self, extra: &mut Usage, output: u64, prices: &Prices<'_>) {
        for (is_made, medium, dimension) in [
            (self.output.is_audio, Medium::Audio, Dimension::AudioOutput),
            (self.output.is_image, Medium::Image, Dimension::ImageOutput),
        ] {
            if is_made && (prices.has(dimension) || self.tells_apart(medium)) {
                extra.set(dimension, output);
            }
        }
    }

    /// Adds what a request of a kind of its own makes or hears, in the dimension that the model prices. What such a model
    /// has no price for isn't counted by it either: some count tokens, others images, characters or seconds.
    fn add_work(&self, bound: &mut BoundRequest, extra: &mut Usage, prices: &Prices<'_>) {
        let Work { images, characters, heard_seconds, ranked } = self.work;
        if self.work.is_any() && !prices.has(Dimension::InputUncached) {
            bound.input_tokens = 0;
        }
        let images = images.saturating_mul(self.output.times.max(1));
        let painted = images.saturating_mul(MAX_IMAGE_OUTPUT_TOKENS);
        let spoken = characters.saturating_mul(AUDIO_TOKENS_PER_CHARACTER);
        let written = heard_seconds.saturating_mul(WRITTEN_TOKENS_PER_SECOND);
        let tokens = painted.max(spoken).max(written);
        if tokens > 0 && prices.has(Dimension::Output) {
            bound.max_output_tokens = Some(tokens);
        }
        let mut set = |kinds: &[(Dimension, u64)]| {
            let known = kinds.iter().find(|(dimension, _)| prices.has(*dimension));
            // Without any price it is refused by the name of the first. What is written of speech is text; what is painted
            // or spoken is told as such, for which a price of text is none.
            let is_text = matches!(kinds, [(Dimension::AudioSeconds | Dimension::RerankSearches, _)]);
            let unpriced = || kinds.first().filter(|_| !is_text || !prices.has(Dimension::Output));
            if let Some((dimension, amount)) = known.or_else(unpriced).filter(|(_, amount)| *amount > 0) {
                extra.set(*dimension, *amount);
            }
        };
        set(&[(Dimension::ImageOutput, painted), (Dimension::Images, images)]);
        set(&[(Dimension::Characters, characters), (Dimension::AudioOutput, spoken)]);
        set(&[(Dimension::AudioSeconds, heard_seconds)]);
        set(&[(Dimension::RerankSearches, ranked)]);
    }
}

/// The prices of a model on the terms that are asked for.
struct Prices<'p> {
    model: &'p ModelHandle,
    terms: &'p Terms,
    at: Timestamp,
}

impl Prices<'_> {
    fn of(&self, dimension: Dimension) -> Option<ExactMoney> {
        self.model.cost(&Usage::new().with(dimension, 1), self.terms, self.at).ok()
    }

    fn has(&self, dimension: Dimension) -> bool {
        self.of(dimension).is_some()
    }

    /// Whether a medium has a price that covers it also where it is counted as text, or written to a cache.
    fn is_dearer_than_text(&self, medium: Dimension, cache: CacheUse) -> bool {
        const TEXT: [Dimension; 4] = [
            Dimension::InputUncached,
            Dimension::CacheWrite5m,
            Dimension::CacheWrite1h,
            Dimension::CacheWrite12h,
        ];
        let classes = if cache == CacheUse::None { 1 } else { TEXT.len() };
        let text = TEXT.iter().take(classes).filter_map(|class| self.of(*class)).max();
        self.of(medium).is_some_and(|price| text.is_none_or(|text| price > text))
    }
}
