//! OpenAI's usage of completions: counts without amounts, in which input includes what was cached and audio.
//!
//! What is included is taken out here, so that kinds are disjoint. Scale tier tokens are in it and cost nothing by the
//! token.

use super::json::pages;
use super::{Lines, Place};
use crate::error::Result;
use crate::pricing::Dimension;
use crate::report::reconcile::line::{BillSource, ChargeKind, ProviderLine, STANDARD, term};
use crate::time::Timestamp;
use serde::Deserialize;

const WHAT: &str = "openai usage";

#[derive(Deserialize)]
struct Bucket {
    start_time: i64,
    end_time: i64,
    #[serde(alias = "result")]
    results: Vec<Used>,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Used {
    input_tokens: u64,
    output_tokens: u64,
    input_cached_tokens: u64,
    input_audio_tokens: u64,
    input_cached_audio_tokens: u64,
    input_image_tokens: u64,
    input_cached_image_tokens: u64,
    output_audio_tokens: u64,
    output_image_tokens: u64,
    num_model_requests: u64,
    model: Option<String>,
    project_id: Option<String>,
    api_key_id: Option<String>,
    batch: Option<bool>,
    service_tier: Option<String>,
}

pub(super) fn read(bytes: &[u8], lines: &mut Lines) -> Result<()> {
    let mut row = 0;
    for bucket in pages::<Bucket>(bytes, WHAT)?.into_iter().flat_map(|page| page.data) {
        let span = (Timestamp::from_seconds(bucket.start_time), Timestamp::from_seconds(bucket.end_time));
        for used in bucket.results {
            row += 1;
            push(&used, span, Place { what: WHAT, row }, lines)?;
        }
    }
    Ok(())
}

fn push(used: &Used, span: (Timestamp, Timestamp), place: Place<'_>, lines: &mut Lines) -> Result<()> {
    let tier = match (used.batch, used.service_tier.as_deref()) {
        (Some(true), _) => Some("batch".to_owned()),
        (_, Some(tier)) => Some(term(tier)),
        (Some(false), None) => Some(STANDARD.to_owned()),
        (None, None) => None,
    };
    let base = ProviderLine {
        sub_account: used.project_id.clone(),
        credential: used.api_key_id.clone(),
        model_raw: used.model.clone(),
        tier,
        ..ProviderLine::new("openai", BillSource::UsageApi, span)
    };
    for (dimension, count) in used.disjoint(place)?.into_iter().filter(|(_, count)| *count > 0) {
        let line =
            ProviderLine { dimension: Some(dimension), quantity: Some(i128::from(count)), ..base.clone() };
        lines.push(line, place)?;
    }
    if used.num_model_requests > 0 {
        let quantity = Some(i128::from(used.num_model_requests));
        lines.push(ProviderLine { kind: ChargeKind::Calls, quantity, ..base }, place)?;
    }
    Ok(())
}

impl Used {
    /// The counts without what is counted within another.
    fn disjoint(&self, place: Place<'_>) -> Result<[(Dimension, u64); 9]> {
        let less = |whole: u64, parts: &[u64], field: &str| {
            let rest = parts.iter().try_fold(whole, |rest, part| rest.checked_sub(*part));
            rest.ok_or_else(|| place.fault(field, &format!("{whole} is less than its parts {parts:?}")))
        };
        let cached_media = self.input_cached_audio_tokens.saturating_add(self.input_cached_image_tokens);
        let audio = less(self.input_audio_tokens, &[self.input_cached_audio_tokens], "input_audio_tokens")?;
        let image = less(self.input_image_tokens, &[self.input_cached_image_tokens], "input_image_tokens")?;
        let cached = less(self.input_cached_tokens, &[cached_media], "input_cached_tokens")?;
        let text = less(self.input_tokens, &[cached, cached_media, audio, image], "input_tokens")?;
        let output =
            less(self.output_tokens, &[self.output_audio_tokens, self.output_image_tokens], "output_tokens")?;
        Ok([
            (Dimension::InputUncached, text),
            (Dimension::CacheRead, cached),
            (Dimension::AudioInput, audio),
            (Dimension::AudioCacheRead, self.input_cached_audio_tokens),
            (Dimension::ImageInput, image),
            (Dimension::ImageCacheRead, self.input_cached_image_tokens),
            (Dimension::Output, output),
            (Dimension::AudioOutput, self.output_audio_tokens),
            (Dimension::ImageOutput, self.output_image_tokens),
        ])
    }
}
