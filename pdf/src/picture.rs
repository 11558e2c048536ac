//! A picture that was handed in: which format it is, and that it can be drawn at all.
//!
//! Looked at before the page is laid out, so that a fault is told of the picture and not of a line of the template.

use crate::error::{PdfError, PdfErrorCode};
use typst::{
    foundations::Bytes,
    visualize::{ExchangeFormat, RasterImage, SvgImage},
};

/// The largest picture, in bytes.
pub const MAX_PICTURE_BYTES: usize = 4 * 1024 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PictureKind {
    Svg,
    Png,
    Jpeg,
}

pub(crate) struct Picture {
    kind: PictureKind,
    bytes: Bytes,
}

impl Picture {
    /// Reads a picture of any format that the page can have; `what` names it in an error.
    pub(crate) fn read(what: &str, bytes: Bytes) -> Result<Self, PdfError> {
        let invalid = |reason: &str| {
            PdfError::new(PdfErrorCode::ImageInvalid, format!("{what} can't be drawn: {reason}"))
        };
        if bytes.len() > MAX_PICTURE_BYTES {
            return Err(invalid(&format!("{} bytes, at most {MAX_PICTURE_BYTES} are taken", bytes.len())));
        }
        let kind = kind(&bytes).ok_or_else(|| invalid("it is neither SVG nor PNG nor JPEG"))?;
        let raster =
            |format| RasterImage::plain(bytes.clone(), format).map(|_| ()).map_err(|reason| invalid(&reason));
        match kind {
            PictureKind::Svg => {
                SvgImage::new(bytes.clone()).map_err(|_| invalid("its SVG can't be read"))?;
            }
            PictureKind::Png => raster(ExchangeFormat::Png)?,
            PictureKind::Jpeg => raster(ExchangeFormat::Jpg)?,
        }
        Ok(Self { kind, bytes })
    }

    pub(crate) fn kind(&self) -> PictureKind {
        self.kind
    }

    pub(crate) fn bytes(&self) -> &Bytes {
        &self.bytes
    }
}

/// The format by its first bytes.
fn kind(bytes: &[u8]) -> Option<PictureKind> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Some(PictureKind::Png);
    }
    if bytes.starts_with(b"\xff\xd8\xff") {
        return Some(PictureKind::Jpeg);
    }
    let text = std::str::from_utf8(bytes).ok()?.trim_start_matches('\u{feff}').trim_start();
    (text.starts_with('<') && text.contains("<svg")).then_some(PictureKind::Svg)
}

#[cfg(test)]
mod tests {
    use super::Picture;
    use crate::PdfErrorCode;
    use typst::foundations::Bytes;

    fn refused(bytes: &'static [u8]) -> String {
        let error = Picture::read("the logo", Bytes::new(bytes)).map(|_| ()).unwrap_err();
        assert_eq!(error.code(), PdfErrorCode::ImageInvalid);
        error.message().to_owned()
    }

    #[test]
    fn what_is_no_picture_is_refused_with_its_reason() {
        assert_eq!(refused(b"a logo"), "the logo can't be drawn: it is neither SVG nor PNG nor JPEG");
        assert_eq!(
            refused(b"<svg width='1' height='1'><rect"),
            "the logo can't be drawn: its SVG can't be read"
        );
        assert!(refused(b"\x89PNG\r\n\x1a\n broken").starts_with("the logo can't be drawn: "));
        assert!(refused(b"\xff\xd8\xff broken").starts_with("the logo can't be drawn: "));
    }

    #[test]
    fn an_svg_is_a_picture_with_or_without_its_head() {
        let svg = b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'/>";
        for bytes in [&svg[..], &svg[22..]] {
            assert!(Picture::read("the logo", Bytes::new(bytes)).is_ok());
        }
    }
}
