//! Events as the bytes of a stream, in each of the framings that providers use.

use serde_json::Value;

/// The content type and the bytes of some events.
pub fn framed(framing: &str, events: &[Value]) -> (&'static str, Vec<u8>) {
    let text = |each: &dyn Fn(&Value) -> String| events.iter().map(each).collect::<String>();
    match framing {
        "sse" => ("text/event-stream", text(&plain).into_bytes()),
        "sse_done" => ("text/event-stream", (text(&plain) + "data: [DONE]\n\n").into_bytes()),
        "sse_named" => ("text/event-stream", text(&named).into_bytes()),
        "lines" => ("application/x-ndjson", text(&|event| format!("{event}\n")).into_bytes()),
        "list" => ("application/x-ndjson", Value::Array(events.to_vec()).to_string().into_bytes()),
        "frames" => (FRAMES, events.iter().flat_map(|event| frame(&event.to_string())).collect()),
        "frames_of_bytes" => (FRAMES, events.iter().flat_map(|event| frame(&wrapped(event))).collect()),
        other => panic!("`{other}` is no framing"),
    }
}

const FRAMES: &str = "application/vnd.amazon.eventstream";

fn plain(event: &Value) -> String {
    format!("data: {event}\n\n")
}

fn named(event: &Value) -> String {
    format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap())
}

/// An event of InvokeModel: the maker's own, and padding that hides its length.
fn wrapped(event: &Value) -> String {
    format!(r#"{{"bytes":"{}","p":"abcdefgh"}}"#, base64(event.to_string().as_bytes()))
}

/// A frame of Amazon's event streams: two lengths and their check, headers, the payload, and a check of all.
fn frame(payload: &str) -> Vec<u8> {
    let mut headers = Vec::new();
    for (name, value) in
        [(":event-type", "chunk"), (":content-type", "application/json"), (":message-type", "event")]
    {
        headers.push(u8::try_from(name.len()).unwrap());
        headers.extend(name.as_bytes());
        headers.push(7);
        headers.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
        headers.extend(value.as_bytes());
    }
    let mut bytes = Vec::new();
    for length in [16 + headers.len() + payload.len(), headers.len()] {
        bytes.extend(u32::try_from(length).unwrap().to_be_bytes());
    }
    bytes.extend(crc32(&bytes).to_be_bytes());
    bytes.extend(headers);
    bytes.extend(payload.as_bytes());
    bytes.extend(crc32(&bytes).to_be_bytes());
    bytes
}

/// Bit by bit, as the standard has it.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(
            sum ^ u32::from(*byte),
            |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 },
        )
    })
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits =
            chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * at) & 63) as usize];
            text.push(if at > chunk.len() { '=' } else { char::from(letter) });
        }
    }
    text
}
