//! The most that a model reads for a request: the sum of its pieces, again for each use of a tool that the provider runs.

use super::{
    ApiRequest,
    piece::{Amount, Medium, Piece},
    reason::{BoundLine, BoundReason},
    tools::ServerTool,
};
use crate::{
    error::{Error, ErrorCode, Result},
    pricing::{BoundRequest, Dimension, ModelHandle, Usage},
    time::Timestamp,
};

/// The context window of a model whose own isn't known: as large as the largest in common use.
pub const ASSUMED_CONTEXT_WINDOW: u64 = 2_097_152;

/// Tokens of an image made, at the most.
const MAX_IMAGE_OUTPUT_TOKENS: u64 = 16_384;
/// Audio tokens that a character can be spoken in, at the most.
const AUDIO_TOKENS_PER_CHARACTER: u64 = 8;

/// What a request holds, before the context window is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Input {
    pub(super) pieces: Vec<Piece>,
    /// Bytes of text.
    pub(super) text: u64,
    pub(super) server: Vec<ServerTool>,
    /// One where images are made.
    pub(super) images: u64,
    /// Characters that are spoken.
    pub(super) characters: u64,
    /// Seconds that are heard.
    pub(super) audio_seconds: u64,
}

/// The most tokens that a model reads for a request, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputBound {
    lines: Vec<BoundLine>,
    /// By medium: text, image, audio, video.
    text: u64,
    image: u64,
    audio: u64,
    video: u64,
}

impl InputBound {
    /// All tokens, of every medium. Saturates.
    pub fn tokens(&self) -> u64 {
        self.text.saturating_add(self.image).saturating_add(self.audio).saturating_add(self.video)
    }

    /// Where the tokens come from; they sum to [`tokens`](Self::tokens).
    pub fn lines(&self) -> &[BoundLine] {
        &self.lines
    }

    fn add(&mut self, reason: BoundReason, tokens: u64, medium: Medium) {
        let slot = match medium {
            Medium::Text => &mut self.text,
            Medium::Image => &mut self.image,
            Medium::Audio => &mut self.audio,
            Medium::Video => &mut self.video,
        };
        *slot = slot.saturating_add(tokens);
        self.lines.push(BoundLine { reason, tokens });
    }
}

impl Input {
    fn bound(&self, context_window: Option<u64>) -> InputBound {
        let window = context_window.unwrap_or(ASSUMED_CONTEXT_WINDOW);
        let mut bound = InputBound { lines: Vec::new(), text: 0, image: 0, audio: 0, video: 0 };
        bound.add(BoundReason::Bytes, self.text, Medium::Text);
        for piece in &self.pieces {
            let tokens = match piece.amount {
                Amount::Tokens(tokens) => tokens,
                Amount::Within(tokens) => tokens.min(window),
                Amount::Window => window,
            };
            bound.add(piece.reason.clone(), tokens, piece.medium);
        }
        if let Some(first) = self.server.first() {
            let more = self.again(bound.tokens(), window);
            let medium = if bound.audio > 0 { Medium::Audio } else { Medium::Text };
            bound.add(BoundReason::ServerTools(first.name.clone()), more, medium);
        }
        let by_window = self.pieces.iter().any(|piece| piece.amount == Amount::Window);
        if context_window.is_none() && (by_window || !self.server.is_empty()) {
            bound.add(BoundReason::AssumedWindow(window), 0, Medium::Text);
        }
        bound
    }

    /// What the provider's own tools let the model read beyond the first time.
    fn again(&self, base: u64, window: u64) -> u64 {
        let uses = self.server.iter().fold(0_u64, |all, tool| all.saturating_add(tool.uses));
        let full = base.max(window);
        let content = self.server.iter().map(|tool| tool.content).collect::<Option<Vec<_>>>();
        let Some(content) = content.and_then(|all| all.into_iter().max()).filter(|content| *content > 0)
        else {
            return full.saturating_mul(uses);
        };
        // What was found adds up from use to use, until the window is full.
        let growing = uses.min((full - base) / content);
        let triangle = u128::from(growing) * (u128::from(growing) + 1) / 2;
        let found = u64::try_from(triangle.saturating_mul(u128::from(content))).unwrap_or(u64::MAX);
        let filled = full.saturating_mul(uses - growing);
        base.saturating_mul(growing).saturating_add(found).saturating_add(filled)
    }

    /// Uses that are charged by themselves.
    fn uses(&self) -> Usage {
        let charged = self.server.iter().filter_map(|tool| {
            let dimension = tool.charged()?;
            // A session is one, however often it is used.
            Some((dimension, if dimension == Dimension::CodeSessions { 1 } else { tool.uses }))
        });
        charged.collect()
    }
}

impl ApiRequest {
    /// The most tokens that the model reads, by the model's context window; where that isn't known,
    /// [`ASSUMED_CONTEXT_WINDOW`] takes its place, and the lines say so.
    pub fn input(&self, context_window: Option<u64>) -> InputBound {
        self.input.bound(context_window)
    }

    /// Uses of the provider's own tools that are charged by themselves, such as searches of the web, at the most.
    pub fn server_tool_uses(&self) -> Usage {
        self.input.uses()
    }

    /// What a price book bounds the call by, and the reasons for its input.
    ///
    /// # Errors
    /// `bound_missing` where several answers are asked for without a limit on their output and the model's maximum
    /// isn't known, and those of [`ModelHandle::context_window`].
    pub fn bound(&self, model: &ModelHandle, at: Timestamp) -> Result<(BoundRequest, InputBound)> {
        let input = self.input(model.context_window(at)?);
        let maximum = model.max_output_tokens(at)?;
        let total = self.output.total(maximum);
        if total.is_none() && !self.output.is_plain() {
            let message =
                format!("`{}` has no known maximum of output tokens, and the call gives none", self.model);
            return Err(Error::new(ErrorCode::BoundMissing, message).with("model", &self.model));
        }
        let is_priced = |dimension| model.cost(&Usage::new().with(dimension, 1), &self.terms, at).is_ok();
        let (mut text, mut extra) = (input.text, self.input.uses());
        let media = [
            (Dimension::ImageInput, input.image),
            (Dimension::AudioInput, input.audio),
            (Dimension::VideoInput, input.video),
        ];
        for (dimension, tokens) in media.into_iter().filter(|(_, tokens)| *tokens > 0) {
            // A medium without a price of its own costs what text does.
            if is_priced(dimension) {
                extra = extra.with(dimension, tokens);
            } else {
                text = text.saturating_add(tokens);
            }
        }
        self.add_made(&mut extra, total.unwrap_or(0), is_priced);
        Ok((
            BoundRequest {
                input_tokens: text,
                max_output_tokens: if self.output.is_plain() { self.output.each } else { total },
                extra: (!extra.is_empty()).then(|| Box::new(extra)),
                terms: self.terms.clone(),
                cache: self.cache,
            },
            input,
        ))
    }

    /// Adds what is made beside text, in the dimension that the model prices.
    fn add_made(&self, usage: &mut Usage, output: u64, is_priced: impl Fn(Dimension) -> bool) {
        if self.output.is_audio && is_priced(Dimension::AudioOutput) {
            usage.set(Dimension::AudioOutput, output);
        }
        if self.output.is_image && is_priced(Dimension::ImageOutput) {
            usage.set(Dimension::ImageOutput, output);
        }
        if self.input.images > 0 {
            let images = self.input.images.saturating_mul(self.output.times.max(1));
            if is_priced(Dimension::ImageOutput) {
                usage.set(Dimension::ImageOutput, images.saturating_mul(MAX_IMAGE_OUTPUT_TOKENS));
            } else {
                usage.set(Dimension::Images, images);
            }
        }
        if self.input.characters > 0 && is_priced(Dimension::Characters) {
            usage.set(Dimension::Characters, self.input.characters);
        } else if self.input.characters > 0 && is_priced(Dimension::AudioOutput) {
            let tokens = self.input.characters.saturating_mul(AUDIO_TOKENS_PER_CHARACTER);
            usage.set(Dimension::AudioOutput, tokens);
        }
        if self.input.audio_seconds > 0 && is_priced(Dimension::AudioSeconds) {
            usage.set(Dimension::AudioSeconds, self.input.audio_seconds);
        }
    }
}
