//! What a request holds beside text: images, audio, video, documents and references, each with the most tokens it may be.
//!
//! Only places where a provider looks for content are walked, so that a tool's argument that looks like an image stays
//! the text that it is. Encoded bytes are taken off the text once they are counted as a medium.

use super::{
    family::Family,
    image,
    media::{self, decoded},
    node::Node,
    reason::BoundReason,
};
use crate::providers::Api;

/// The dimension that a piece is charged in, where the model has a price for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Medium {
    Text,
    Image,
    Audio,
    Video,
}

/// How much a piece may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Amount {
    /// So many tokens.
    Tokens(u64),
    /// So many tokens, and no more than the context window.
    Within(u64),
    /// Whatever the context window holds.
    Window,
}

/// A part of a request, and the most tokens it may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) reason: BoundReason,
    pub(super) amount: Amount,
    pub(super) medium: Medium,
}

/// Keys under which content stands, in whatever provider's words.
const CONTENT: &[&str] = &[
    "messages",
    "content",
    "contents",
    "parts",
    "system",
    "systemInstruction",
    "system_instruction",
    "toolResult",
    "functionResponse",
    "function_response",
    "requests",
    "inputs",
    "guardContent",
    "prompt",
    "instructions",
];
/// Parts of kinds that name an address without reading it.
const TOLD: &[&str] = &["result", "output", "citation", "location", "call", "search", "text", "function"];
/// Keys that name something that lies elsewhere.
const ADDRESSES: &[&str] = &["file_id", "file_uri", "fileUri", "url", "uri"];

/// The pieces of one request, as they are found.
pub(super) struct Pieces<'r> {
    api: Api,
    family: Family,
    model: &'r str,
    pub(super) found: Vec<Piece>,
    /// Bytes of the body that are counted as a medium and not as text.
    pub(super) encoded: u64,
}

impl<'r> Pieces<'r> {
    pub(super) const fn new(api: Api, family: Family, model: &'r str) -> Self {
        Self { api, family, model, found: Vec::new(), encoded: 0 }
    }

    /// Adds a piece; a reason that already stands for the whole window stands for it once.
    pub(super) fn add(&mut self, reason: BoundReason, amount: Amount, medium: Medium) {
        let piece = Piece { reason, amount, medium };
        if amount != Amount::Window || !self.found.contains(&piece) {
            self.found.push(piece);
        }
    }

    pub(super) fn reference(&mut self, what: &'static str) {
        self.add(BoundReason::Reference(what), Amount::Window, Medium::Text);
    }

    /// Walks content: text, parts, or what holds them.
    pub(super) fn walk(&mut self, node: &Node<'_>) {
        for item in node.list() {
            self.walk(item);
        }
        if !node.is_map() || self.part(node) {
            return;
        }
        for (key, inner) in node.entries() {
            // An `input` is content for two APIs, and a tool's free argument for the others.
            let is_open = match key.as_ref() {
                "input" | "output" => matches!(self.api, Api::Responses | Api::Embeddings),
                key => CONTENT.contains(&key),
            };
            if is_open {
                self.walk(inner);
            } else if key == "images" {
                inner.list().iter().filter_map(Node::as_text).for_each(|image| self.image(image));
            }
        }
        if node.get("audio").is_some_and(|audio| audio.text("id").is_some()) {
            self.reference("audio");
        }
    }

    /// Whether a node is a part that holds a medium or a reference, which is then taken.
    fn part(&mut self, node: &Node<'_>) -> bool {
        match node.text("type") {
            Some(kind) => self.typed(kind, node),
            None => self.untyped(node),
        }
    }

    fn typed(&mut self, kind: &str, node: &Node<'_>) -> bool {
        let source = node.get("source").unwrap_or(&Node::Null);
        match kind {
            "image_url" | "input_image" | "video_url" | "audio_url" | "document_url" => {
                self.linked(kind, node);
            }
            "image" => self.image(source.text("data").unwrap_or_default()),
            "document" => self.document_of(source),
            "input_audio" => {
                let audio = node.get("input_audio").unwrap_or(&Node::Null);
                self.audio(audio.text("data").unwrap_or_default());
            }
            "file" | "input_file" => match node.get("file").unwrap_or(node).text("file_data") {
                Some(data) => self.document(data),
                None => self.reference("file"),
            },
            "container_upload" => self.reference("container_upload"),
            "item_reference" => self.reference("item_reference"),
            "compaction" => self.reference("compaction"),
            _ => {
                let is_told = TOLD.iter().any(|part| kind.contains(part));
                if is_told || node.any(ADDRESSES).is_none() {
                    return false;
                }
                self.reference("file");
            }
        }
        true
    }

    /// A part that holds its medium by an address, which may be the medium itself.
    fn linked(&mut self, kind: &str, node: &Node<'_>) {
        let link = node.any(&["image_url", "video_url", "audio_url", "document_url"]).unwrap_or(&Node::Null);
        let url = link.as_text().or_else(|| link.text("url")).unwrap_or_default();
        match kind {
            "video_url" => self.video(url),
            "audio_url" => self.audio(url),
            "document_url" => self.document(url),
            _ => self.image(url),
        }
    }

    fn untyped(&mut self, node: &Node<'_>) -> bool {
        if let Some(inline) = node.any(&["inlineData", "inline_data"]) {
            let mime = inline.any(&["mimeType", "mime_type"]).and_then(Node::as_text).unwrap_or_default();
            self.by_mime(mime, inline.text("data").unwrap_or_default());
            return true;
        }
        if let Some(file) = node.any(&["fileData", "file_data"]).filter(|file| file.is_map()) {
            let mime = file.any(&["mimeType", "mime_type"]).and_then(Node::as_text).unwrap_or_default();
            self.by_mime(mime, "");
            return true;
        }
        let block = |key: &str| node.get(key).and_then(|block| block.get("source"));
        let bytes = |source: &Node<'_>| source.text("bytes").unwrap_or_default().to_owned();
        if let Some(source) = block("image") {
            self.image(&bytes(source));
        } else if let Some(source) = block("video") {
            self.video(&bytes(source));
        } else if let Some(source) = block("audio") {
            self.audio(&bytes(source));
        } else if let Some(source) = block("document") {
            self.document_of(source);
        } else {
            return false;
        }
        true
    }

    fn by_mime(&mut self, mime: &str, data: &str) {
        match mime.split('/').next().unwrap_or_default() {
            "image" => self.image(data),
            "audio" => self.audio(data),
            "video" => self.video(data),
            // Text in base64 has fewer tokens than characters, so it stays text.
            "text" if !data.is_empty() => {}
            _ => self.document(data),
        }
    }

    /// A document whose source says how it is given: text, blocks, bytes, or somewhere else.
    fn document_of(&mut self, source: &Node<'_>) {
        let is_text = source.text("type") == Some("text") || source.text("text").is_some();
        if let Some(content) = source.get("content") {
            self.walk(content);
        } else if !is_text {
            let data = source.text("data").or_else(|| source.text("bytes")).unwrap_or_default();
            self.document(data);
        }
    }

    fn image(&mut self, given: &str) {
        let size = self.take(given).and_then(image::size);
        let tokens = image::tokens(self.family.maker, self.model, size);
        let what = size.map_or_else(
            || "image of unknown size".to_owned(),
            |(width, height)| format!("image {width}x{height}"),
        );
        self.add(BoundReason::Media(what), Amount::Tokens(tokens), Medium::Image);
    }

    fn audio(&mut self, given: &str) {
        let amount =
            self.take(given).map_or(Amount::Window, |data| Amount::Within(media::audio(decoded(data))));
        self.add(BoundReason::Media("audio".to_owned()), amount, Medium::Audio);
    }

    fn video(&mut self, given: &str) {
        let amount =
            self.take(given).map_or(Amount::Window, |data| Amount::Within(media::video(decoded(data))));
        self.add(BoundReason::Media("video".to_owned()), amount, Medium::Video);
    }

    fn document(&mut self, given: &str) {
        let family = self.family;
        let amount = self
            .take(given)
            .map_or(Amount::Window, |data| Amount::Within(media::document(family, decoded(data))));
        self.add(BoundReason::Media("document".to_owned()), amount, Medium::Text);
    }

    /// The base64 of what is given by itself or as a `data:` address, taken off the text; nothing for other addresses.
    fn take<'t>(&mut self, given: &'t str) -> Option<&'t str> {
        let data = match given.split_once("base64,") {
            Some((head, data)) if head.starts_with("data:") => data,
            _ if given.is_empty() || given.contains(':') => return None,
            _ => given,
        };
        self.encoded = self.encoded.saturating_add(data.len() as u64);
        Some(data)
    }
}
