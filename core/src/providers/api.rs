//! The shapes of answers, and which one an address speaks.

use crate::error::{Error, ErrorCode, Result};
use std::{fmt, str::FromStr};

macro_rules! apis {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal;)+) => {
        /// The shape of an answer. Many hosts speak one of a few: anything that is compatible with OpenAI is
        /// [`Chat`](Self::Chat), whoever serves it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Api { $($(#[doc = $doc])+ $name,)+ }

        impl Api {
            /// Every shape.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The name in snake case, the same in every language.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

apis! {
    /// Chat completions and completions of OpenAI, Azure, Mistral, Groq, DeepSeek, xAI, OpenRouter, Together, Fireworks,
    /// Perplexity, vLLM, Hugging Face, Ollama's compatible API and the like.
    Chat = "chat";
    /// Google's compatible API, where thoughts are only in the total.
    GoogleChat = "google_chat";
    /// OpenAI's Responses.
    Responses = "responses";
    /// Embeddings as OpenAI and Voyage count them.
    Embeddings = "embeddings";
    /// OpenAI's images.
    Images = "images";
    /// OpenAI's transcriptions and translations of audio.
    Transcription = "transcription";
    /// OpenAI's speech.
    Speech = "speech";
    /// Events of OpenAI's realtime sessions.
    Realtime = "realtime";
    /// Anthropic's Messages, from whichever cloud.
    Messages = "messages";
    /// Google's generateContent and embeddings.
    GenerateContent = "generate_content";
    /// Bedrock's Converse.
    Converse = "converse";
    /// Bedrock's InvokeModel.
    Invoke = "invoke";
    /// Cohere's chat, embed and rerank.
    Cohere = "cohere";
    /// Ollama's own API.
    Ollama = "ollama";
}

/// What a path ends with, where that alone tells the shape.
const ENDINGS: &[(&str, Api)] = &[
    ("/chat/completions", Api::Chat),
    ("/completions", Api::Chat),
    ("/embeddings", Api::Embeddings),
    ("/responses", Api::Responses),
    ("/responses/compact", Api::Responses),
    ("/images/generations", Api::Images),
    ("/images/edits", Api::Images),
    ("/audio/transcriptions", Api::Transcription),
    ("/audio/translations", Api::Transcription),
    ("/audio/speech", Api::Speech),
    ("/realtime", Api::Realtime),
    ("/messages", Api::Messages),
    (":rawPredict", Api::Messages),
    (":streamRawPredict", Api::Messages),
    (":generateContent", Api::GenerateContent),
    (":streamGenerateContent", Api::GenerateContent),
    (":embedContent", Api::GenerateContent),
    (":batchEmbedContents", Api::GenerateContent),
    ("/converse", Api::Converse),
    ("/converse-stream", Api::Converse),
    ("/invoke", Api::Invoke),
    ("/invoke-with-response-stream", Api::Invoke),
    ("/api/chat", Api::Ollama),
    ("/api/generate", Api::Ollama),
    ("/api/embed", Api::Ollama),
];

/// Where Cohere's own paths are.
const COHERE: &[&str] =
    &["/v1/chat", "/v2/chat", "/v1/embed", "/v2/embed", "/v1/rerank", "/v2/rerank", "/v1/generate"];

impl Api {
    /// The shape of the answers of an address, such as `api.openai.com` and `/v1/responses`; none where it has no usage
    /// that could be read, as with token counting.
    pub fn detect(host: &str, path: &str) -> Option<Self> {
        let host = host.to_ascii_lowercase();
        let path = path.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
        if COHERE.iter().any(|end| path.ends_with(end))
            && (host.contains("cohere") || !path.contains("/chat"))
        {
            return Some(Self::Cohere);
        }
        let found = ENDINGS.iter().find(|(end, _)| path.ends_with(end)).map(|(_, api)| *api);
        match found {
            Some(Self::Chat) if is_google(&host) => Some(Self::GoogleChat),
            Some(api) => Some(api),
            None => is_one_response(path).then_some(Self::Responses),
        }
    }
}

fn is_google(host: &str) -> bool {
    host.ends_with("googleapis.com")
}

/// A response that is fetched by its id, once it was made in the background.
fn is_one_response(path: &str) -> bool {
    path.rsplit_once('/').is_some_and(|(before, id)| before.ends_with("/responses") && id.starts_with("resp"))
}

impl FromStr for Api {
    type Err = Error;

    /// Reads a name in snake case; another is `usage_invalid`.
    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.iter().copied().find(|api| api.as_str() == text).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|api| format!("`{api}`")).collect();
            let message = format!("`{text}` is no shape of an answer; allowed are {}", known.join(", "));
            Error::new(ErrorCode::UsageInvalid, message)
                .with_help("name the shape that the provider answers in")
        })
    }
}

impl fmt::Display for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Api;

    #[test]
    fn an_address_tells_the_shape_of_its_answers() {
        let cases = [
            ("api.openai.com", "/v1/chat/completions", Some(Api::Chat)),
            (
                "x.openai.azure.com",
                "/openai/deployments/gpt-4o/chat/completions?api-version=1",
                Some(Api::Chat),
            ),
            ("generativelanguage.googleapis.com", "/v1beta/openai/chat/completions", Some(Api::GoogleChat)),
            ("api.openai.com", "/v1/responses/resp_1", Some(Api::Responses)),
            ("api.openai.com", "/v1/responses/input_tokens", None),
            ("api.anthropic.com", "/v1/messages/count_tokens", None),
            (
                "aiplatform.googleapis.com",
                "/v1/projects/p/publishers/anthropic/models/claude:rawPredict",
                Some(Api::Messages),
            ),
            (
                "generativelanguage.googleapis.com",
                "/v1beta/models/g:streamGenerateContent?alt=sse",
                Some(Api::GenerateContent),
            ),
            ("bedrock-runtime.us-east-1.amazonaws.com", "/model/m/converse-stream", Some(Api::Converse)),
            ("bedrock-runtime.us-east-1.amazonaws.com", "/model/m/count-tokens", None),
            ("api.cohere.com", "/v2/chat", Some(Api::Cohere)),
            ("localhost:11434", "/api/chat", Some(Api::Ollama)),
            ("", "", None),
        ];
        for (host, path, expected) in cases {
            assert_eq!(Api::detect(host, path), expected, "{host}{path}");
        }
    }
}
