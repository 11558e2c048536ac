//! The most that a model reads for a request: the sum of its pieces, and all of it again for each use of a tool that the
//! provider runs.

use super::{
    ApiRequest,
    piece::{Amount, Medium, Piece},
    reason::{BoundLine, BoundReason},
    served::{Brings, Served},
};

/// The context window of a model whose own isn't known: as large as the largest in common use.
pub const ASSUMED_CONTEXT_WINDOW: u64 = 2_097_152;

/// Media in the order of what they cost where they cost more than text.
const DEAREST_FIRST: [Medium; 4] = [Medium::Audio, Medium::Image, Medium::Video, Medium::Text];

/// What a request holds, before the context window is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Input {
    pub(super) pieces: Vec<Piece>,
    /// Bytes of text.
    pub(super) text: u64,
    pub(super) served: Vec<Served>,
    /// The most calls of the provider's tools together, where the request says.
    pub(super) most_calls: Option<u64>,
}

/// The most tokens that a model reads for a request, and why.
///
/// # Examples
/// ```
/// use bursar::{Api, ApiRequest};
/// let body = br#"{"model":"gpt-4o","input":"who won?","tools":[{"type":"web_search"}],"max_tool_calls":2}"#;
/// let bound = ApiRequest::read(Api::Responses, "/v1/responses", body)?.input(Some(128_000));
/// let lines: Vec<_> = bound.lines().iter().map(ToString::to_string).collect();
/// assert_eq!(lines[0], "88 bytes");
/// assert_eq!(lines[4], "256000 server_tools(web_search, 2 uses)");
/// assert_eq!(bound.lines().iter().map(|line| line.tokens).sum::<u64>(), bound.tokens());
/// # Ok::<(), bursar::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InputBound {
    lines: Vec<BoundLine>,
    /// Tokens by medium, in the order of [`DEAREST_FIRST`].
    media: [u64; DEAREST_FIRST.len()],
}

impl InputBound {
    /// All tokens, of every medium. Saturates.
    pub fn tokens(&self) -> u64 {
        self.media.iter().fold(0, |all, tokens| all.saturating_add(*tokens))
    }

    /// Where the tokens come from; they sum to [`tokens`](Self::tokens).
    pub fn lines(&self) -> &[BoundLine] {
        &self.lines
    }

    /// The tokens of one medium.
    pub(super) fn of(&self, medium: Medium) -> u64 {
        let mut media = DEAREST_FIRST.iter().zip(&self.media);
        media.find(|(one, _)| **one == medium).map_or(0, |(_, tokens)| *tokens)
    }

    fn add(&mut self, reason: BoundReason, tokens: u64, medium: Medium) {
        let mut media = DEAREST_FIRST.iter().zip(&mut self.media);
        if let Some((_, slot)) = media.find(|(one, _)| **one == medium) {
            *slot = slot.saturating_add(tokens);
        }
        self.lines.push(BoundLine { reason, tokens });
    }
}

impl Input {
    /// The most tokens without the context window, and without what is read again.
    pub(super) fn base(text: u64, pieces: &[Piece]) -> u64 {
        let amounts = pieces.iter().map(|piece| match piece.amount {
            Amount::Tokens(tokens) | Amount::Within(tokens) => tokens,
        });
        amounts.fold(text, u64::saturating_add)
    }

    /// The bound, given the context window and the most tokens that come back, where they are known.
    fn bound(&self, context_window: Option<u64>, output: Option<u64>) -> InputBound {
        let window = context_window.unwrap_or(ASSUMED_CONTEXT_WINDOW);
        let mut bound = InputBound::default();
        bound.add(BoundReason::Bytes, self.text, Medium::Text);
        let is_cut = self.add_pieces(window, &mut bound) | self.add_served(window, output, &mut bound);
        if context_window.is_none() && is_cut {
            bound.add(BoundReason::AssumedWindow(window), 0, Medium::Text);
        }
        bound
    }

    /// Adds the pieces, and tells whether the window bounds one. A prompt is no longer than the window, so those that it
    /// bounds share it.
    fn add_pieces(&self, window: u64, bound: &mut InputBound) -> bool {
        for piece in &self.pieces {
            if let Amount::Tokens(tokens) = piece.amount {
                bound.add(piece.reason.clone(), tokens, piece.medium);
            }
        }
        let (mut room, mut is_cut) = (window, false);
        for medium in DEAREST_FIRST {
            for piece in self.pieces.iter().filter(|piece| piece.medium == medium) {
                if let Amount::Within(tokens) = piece.amount {
                    is_cut |= tokens > room;
                    let tokens = tokens.min(room);
                    room -= tokens;
                    bound.add(piece.reason.clone(), tokens, medium);
                }
            }
        }
        is_cut
    }

    /// Adds what is read again, and tells whether the window bounds it.
    fn add_served(&self, window: u64, output: Option<u64>, bound: &mut InputBound) -> bool {
        let base = bound.tokens();
        let (once, is_cut) = self.once(base, window, output);
        let medium = DEAREST_FIRST.into_iter().find(|medium| bound.of(*medium) > 0).unwrap_or(Medium::Text);
        let mut left = self.most_calls.unwrap_or(u64::MAX);
        for one in &self.served {
            let uses = if one.is_tool { one.uses().min(left) } else { one.uses() };
            left -= if one.is_tool { uses } else { 0 };
            let tokens = uses.saturating_mul(one.reads).saturating_mul(once);
            bound.add(BoundReason::ServerTools(one.shown(uses)), tokens, medium);
        }
        is_cut && !self.served.is_empty()
    }

    /// What is read in one go, once the provider's tools have brought all that they may; and whether the window bounds it.
    fn once(&self, base: u64, window: u64, output: Option<u64>) -> (u64, bool) {
        let full = base.max(window);
        let brought = |one: &Served| match one.brings {
            Brings::Nothing => Some(0),
            Brings::Tokens(tokens) => Some(tokens.saturating_mul(one.uses())),
            Brings::Anything => None,
        };
        let brought = self.served.iter().try_fold(0_u64, |all, one| Some(all.saturating_add(brought(one)?)));
        // The model reads its own words too.
        match brought.zip(output) {
            Some((brought, output)) => {
                let all = base.saturating_add(brought).saturating_add(output);
                (all.min(full), all > full)
            }
            None => (full, true),
        }
    }
}

impl ApiRequest {
    /// The most tokens that the model reads, by the model's context window; where that isn't known,
    /// [`ASSUMED_CONTEXT_WINDOW`] takes its place, and the lines say so.
    pub fn input(&self, context_window: Option<u64>) -> InputBound {
        self.input.bound(context_window, self.output.total(None))
    }
}
