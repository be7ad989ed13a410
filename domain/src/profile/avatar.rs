use std::io::Cursor;

use image::{ImageFormat, ImageReader, Limits};
use model::Refusal;

use tokio::sync::Semaphore;

use crate::{Error, Result};

/// The largest upload, in bytes.
pub const LARGEST_UPLOAD: usize = 5 * 1024 * 1024;

/// The side of the stored square, in pixels.
const SIDE: u32 = 256;

/// A picture takes up to 128 MiB while it is made: more at once would be a way to use up the memory.
static DRAWING: Semaphore = Semaphore::const_new(2);

/// Makes a picture anew: whatever else the file carried (places, names, scripts) is left behind (ASVS 14.2.8).
pub(super) async fn encode(upload: Vec<u8>) -> Result<Vec<u8>> {
    if upload.len() > LARGEST_UPLOAD {
        return Err(Refusal::InvalidImage.into());
    }
    let drawing = DRAWING.acquire().await.map_err(Error::broken)?;
    let made = tokio::task::spawn_blocking(move || {
        // The permit goes with the work, also when the caller hangs up.
        let _drawing = drawing;
        draw(upload)
    });
    let made = made.await.map_err(Error::broken)?;
    made.ok_or_else(|| Refusal::InvalidImage.into())
}

fn draw(upload: Vec<u8>) -> Option<Vec<u8>> {
    let mut reader = ImageReader::new(Cursor::new(upload)).with_guessed_format().ok()?;
    // A few bytes can claim to be gigapixels.
    let mut limits = Limits::default();
    limits.max_image_width = Some(8192);
    limits.max_image_height = Some(8192);
    limits.max_alloc = Some(128 * 1024 * 1024);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().ok()?;
    let turned = image::ImageDecoder::orientation(&mut decoder).ok()?;
    let mut picture = image::DynamicImage::from_decoder(decoder).ok()?;
    picture.apply_orientation(turned);
    let square = picture.resize_to_fill(SIDE, SIDE, image::imageops::FilterType::CatmullRom);
    let mut png = Cursor::new(Vec::new());
    square.to_rgba8().write_to(&mut png, ImageFormat::Png).ok()?;
    Some(png.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_picture_is_made_anew_as_a_square() {
        let mut upload = Cursor::new(Vec::new());
        image::RgbImage::from_pixel(600, 300, image::Rgb([200, 10, 10]))
            .write_to(&mut upload, ImageFormat::Jpeg)
            .unwrap();
        let mut upload = upload.into_inner();
        upload.extend_from_slice(b"<script>alert(1)</script>");
        let png = encode(upload).await.unwrap();
        let made = image::load_from_memory_with_format(&png, ImageFormat::Png).unwrap();
        assert_eq!((made.width(), made.height()), (256, 256));
        assert!(!png.windows(8).any(|bytes| bytes == b"<script>"));
    }

    #[tokio::test]
    async fn what_is_no_picture_is_refused() {
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>".to_vec();
        // A PNG header that claims 60,000 by 60,000 pixels.
        let mut bomb = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xea\x60\0\0\xea\x60\x08\x06\0\0\0".to_vec();
        bomb.extend_from_slice(&[0; 64]);
        for upload in [svg, bomb, Vec::new(), vec![0; LARGEST_UPLOAD + 1]] {
            assert!(matches!(encode(upload).await, Err(Error::Refused(Refusal::InvalidImage))));
        }
    }
}
