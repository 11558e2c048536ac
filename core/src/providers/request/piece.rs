//! What a request holds beside text: images, audio, video, documents and references, each with the most tokens it may be.
//!
//! Only places where a provider looks for content are walked, so that a tool's argument that looks like an image stays
//! the text that it is. Encoded bytes are taken off the text once they are counted as a medium.

use super::{family::Family, file::File, image, media, node::Node, reason::BoundReason};
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
    /// So many tokens, and with all others of this kind no more than the context window holds.
    Within(u64),
}

impl Amount {
    /// Whatever the context window holds.
    pub(super) const WINDOW: Self = Self::Within(u64::MAX);
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
/// Keys under which a medium stands as an address.
const LINKS: &[&str] = &["image_url", "video_url", "audio_url", "document_url"];
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
        if amount != Amount::WINDOW || !self.found.contains(&piece) {
            self.found.push(piece);
        }
    }

    /// Adds tokens of text; none are no piece.
    pub(super) fn text(&mut self, reason: BoundReason, tokens: u64) {
        if tokens > 0 {
            self.add(reason, Amount::Tokens(tokens), Medium::Text);
        }
    }

    pub(super) fn reference(&mut self, what: &'static str) {
        self.add(BoundReason::Reference(what), Amount::WINDOW, Medium::Text);
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
            match key.as_ref() {
                // Both are content for two APIs, and a tool's free words for the others.
                "input" | "output" if !matches!(self.api, Api::Responses | Api::Embeddings) => {}
                "input" | "output" => self.walk(inner),
                "images" => inner.list().iter().for_each(|image| self.listed(image)),
                key if CONTENT.contains(&key) => self.walk(inner),
                _ => {}
            }
        }
        if node.get("audio").is_some_and(|audio| audio.text("id").is_some()) {
            self.reference("audio");
        }
    }

    /// One of a list of images: encoded, an address, or a part.
    fn listed(&mut self, image: &Node<'_>) {
        match image.as_text() {
            Some(given) => self.image(given),
            None if image.text("type").is_some() => self.walk(image),
            None => self.linked(image),
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
        let source = node.get("source");
        let given = |key: &str| node.text(key).unwrap_or_default();
        match (kind, source) {
            ("image", _) => self.image(source.and_then(|source| source.text("data")).unwrap_or_default()),
            ("document", Some(source)) => self.document_of(source),
            ("input_audio", _) => {
                let audio = node.get("input_audio").unwrap_or(&Node::Null);
                self.audio(audio.as_text().or_else(|| audio.text("data")).unwrap_or_default());
            }
            ("file" | "input_file", _) => match node.get("file").unwrap_or(node).text("file_data") {
                Some(data) => self.document(data),
                None => self.reference("file"),
            },
            ("image_base64", _) => self.image(given(kind)),
            ("video_base64", _) => self.video(given(kind), node),
            ("image_generation_call", _) => self.image(given("result")),
            ("container_upload", _) => self.reference("container_upload"),
            ("item_reference", _) => self.reference("item_reference"),
            ("compaction", _) => self.reference("compaction"),
            _ if kind == "input_image" || kind == "computer_screenshot" || node.any(LINKS).is_some() => {
                self.linked(node);
            }
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
    fn linked(&mut self, node: &Node<'_>) {
        let link = node.any(LINKS).unwrap_or(&Node::Null);
        let url = link.as_text().or_else(|| link.text("url")).unwrap_or_default();
        let has = |key: &str| node.get(key).is_some();
        if has("video_url") {
            self.video(url, node);
        } else if has("audio_url") {
            self.audio(url);
        } else if has("document_url") {
            self.document(url);
        } else {
            self.image(url);
        }
    }

    fn untyped(&mut self, node: &Node<'_>) -> bool {
        let file = |keys: &[&str]| node.any(keys).filter(|file| file.is_map());
        if let Some(inline) = file(&["inlineData", "inline_data", "fileData", "file_data"]) {
            let mime = inline.any(&["mimeType", "mime_type"]).and_then(Node::as_text).unwrap_or_default();
            self.by_mime(mime, inline.text("data").unwrap_or_default(), node);
            return true;
        }
        let block = |key: &str| node.get(key).and_then(|block| block.get("source"));
        let bytes = |source: &Node<'_>| source.text("bytes").unwrap_or_default().to_owned();
        if let Some(source) = block("image") {
            self.image(&bytes(source));
        } else if let Some(source) = block("video") {
            self.video(&bytes(source), node);
        } else if let Some(source) = block("audio") {
            self.audio(&bytes(source));
        } else if let Some(source) = block("document") {
            self.document_of(source);
        } else if let Some(image) = node.text("inputImage") {
            self.image(image);
        } else {
            return false;
        }
        true
    }

    fn by_mime(&mut self, mime: &str, data: &str, part: &Node<'_>) {
        match mime.split('/').next().unwrap_or_default() {
            "image" => self.image(data),
            "audio" => self.audio(data),
            "video" => self.video(data, part),
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
        let file = self.take(given);
        self.image_file(file);
    }

    /// Adds an image, its file at hand or not.
    pub(super) fn image_file(&mut self, file: Option<File<'_>>) {
        let size = file.and_then(image::size);
        let tokens = image::tokens(self.family.maker, self.model, size);
        let what = size.map_or_else(
            || "image of unknown size".to_owned(),
            |(width, height)| format!("image {width}x{height}"),
        );
        self.add(BoundReason::Media(what), Amount::Within(tokens), Medium::Image);
    }

    fn audio(&mut self, given: &str) {
        let maker = self.family.maker;
        let amount =
            self.take(given).map_or(Amount::WINDOW, |file| Amount::Within(media::sound(maker, file)));
        self.add(BoundReason::Media("audio".to_owned()), amount, Medium::Audio);
    }

    fn video(&mut self, given: &str, part: &Node<'_>) {
        let seen = || BoundReason::Media("video".to_owned());
        let heard = || BoundReason::Media("sound of a video".to_owned());
        let Some(file) = self.take(given) else {
            self.add(heard(), Amount::WINDOW, Medium::Audio);
            return self.add(seen(), Amount::WINDOW, Medium::Video);
        };
        let frames = part.any(&["videoMetadata", "video_metadata"]).and_then(|metadata| metadata.get("fps"));
        let (pictures, sound) = media::video(self.family.maker, file, frames.map_or(1, Node::rounded_up));
        if sound > 0 {
            self.add(heard(), Amount::Within(sound), Medium::Audio);
        }
        self.add(seen(), Amount::Within(pictures), Medium::Video);
    }

    fn document(&mut self, given: &str) {
        let family = self.family;
        let tokens = self.take(given).and_then(|file| media::document(family, file));
        let amount = tokens.map_or(Amount::WINDOW, Amount::Within);
        self.add(BoundReason::Media("document".to_owned()), amount, Medium::Text);
    }

    /// The file that is given by itself or as a `data:` address, taken off the text; nothing for other addresses.
    fn take<'t>(&mut self, given: &'t str) -> Option<File<'t>> {
        let data = match given.split_once("base64,") {
            Some((head, data)) if head.starts_with("data:") => data,
            _ if given.is_empty() || given.contains(':') => return None,
            _ => given,
        };
        let file = File::Base64(data);
        self.encoded = self.encoded.saturating_add(file.sent_bytes());
        Some(file)
    }
}
