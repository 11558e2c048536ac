//! OpenAI's images, transcriptions, speech and realtime sessions.
//!
//! Transcriptions are counted in tokens or in seconds. Speech is bytes of sound without a count, unless it is streamed
//! as events. In a realtime session every response has its usage, and they add up.

use super::{
    Api,
    answer::OtherUsage,
    dialect::{Dialect, Told},
    openai_usage::OpenAiUsage,
    seen::Seen,
    text::{Given, List, Object, Text},
};
use crate::{
    error::Result,
    pricing::{Dimension, Usage},
};
use serde::Deserialize;

#[derive(Debug)]
pub(super) struct Audio {
    api: Api,
    total: Option<Usage>,
    fault: Option<crate::error::Error>,
    /// Images in an answer that counts no tokens.
    images: u64,
    /// Responses of a session that were begun and not ended.
    open: u32,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Event {
    r#type: Text,
    model: Text,
    error: Given,
    data: List<Empty>,
    usage: Object<OpenAiUsage>,
    response: Object<Response>,
}

#[derive(Deserialize, Default)]
struct Empty {}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Response {
    model: Text,
    status: Text,
    usage: Object<OpenAiUsage>,
}

impl Audio {
    pub(super) const fn new(api: Api) -> Self {
        Self { api, total: None, fault: None, images: 0, open: 0 }
    }

    fn add(&mut self, usage: &OpenAiUsage, seen: &mut Seen) -> Told {
        seen.cost(usage.cost());
        match usage.read(self.api) {
            Ok(Some(usage)) => {
                let before = self.total.unwrap_or_default();
                self.total = Some(before.iter().chain(usage.iter()).collect());
                Told::Usage
            }
            Ok(None) => Told::Nothing,
            Err(error) => {
                self.fault = Some(error);
                Told::Usage
            }
        }
    }

    /// An event of a realtime session.
    fn session(&mut self, event: Event, seen: &mut Seen) -> Told {
        match event.r#type.as_str() {
            "response.created" => self.open = self.open.saturating_add(1),
            "response.done" => self.open = self.open.saturating_sub(1),
            kind if kind.ends_with("input_audio_transcription.completed") => return self.heard(&event, seen),
            _ => return Told::Nothing,
        }
        let Some(response) = event.response.0 else { return Told::Nothing };
        seen.model(response.model);
        seen.failed |= response.status.as_str() == "failed";
        let told = match response.usage.0.filter(OpenAiUsage::is_given) {
            Some(usage) => self.add(&usage, seen),
            None => Told::Nothing,
        };
        seen.ended = self.open == 0;
        told
    }

    /// What another model heard for the session's transcript; all of it is one usage, so that a session stays bounded.
    fn heard(&mut self, event: &Event, seen: &mut Seen) -> Told {
        let Some(usage) = event.usage.get().filter(|usage| usage.is_given()) else { return Told::Nothing };
        match usage.read(Api::Transcription) {
            Ok(Some(usage)) => {
                let before = seen.others.pop().map(|other| other.usage).unwrap_or_default();
                let usage = before.iter().chain(usage.iter()).collect();
                seen.others.push(OtherUsage {
                    kind: "input_audio_transcription".to_owned(),
                    model: None,
                    usage,
                });
            }
            Ok(None) => {}
            Err(error) => self.fault = Some(error),
        }
        Told::Nothing
    }
}

impl Dialect for Audio {
    fn event(&mut self, json: &[u8], seen: &mut Seen) -> serde_json::Result<Told> {
        let event: Event = serde_json::from_slice(json)?;
        seen.failed |= event.error.0;
        if self.api == Api::Realtime {
            return Ok(self.session(event, seen));
        }
        seen.model(event.model);
        seen.ended |= matches!(event.r#type.as_str().rsplit('.').next(), Some("done" | "completed"));
        if self.api == Api::Images {
            self.images = event.data.0.len() as u64;
        }
        match event.usage.0.filter(OpenAiUsage::is_given) {
            Some(usage) => Ok(self.add(&usage, seen)),
            None => Ok(Told::Nothing),
        }
    }

    fn usage(&self) -> Result<Option<Usage>> {
        if let Some(fault) = &self.fault {
            return Err(super::count::invalid(fault.message().to_owned()));
        }
        Ok(self
            .total
            .or_else(|| (self.images > 0).then(|| Usage::new().with(Dimension::Images, self.images))))
    }
}
