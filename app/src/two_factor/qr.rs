//! What a phone's camera reads.

use std::fmt::Write as _;

use domain::Error;
use leptos::prelude::*;
use qrcode::{Color, EcLevel, QrCode};

/// The margin that readers need around the picture (ISO/IEC 18004, 9.1: four modules).
const QUIET: usize = 4;

/// A QR code, as the path of its dark modules.
#[derive(Clone, Debug)]
pub(super) struct Qr {
    path: String,
    size: usize,
}

impl Qr {
    /// # Errors
    /// When the text doesn't fit.
    pub(super) fn new(text: &str) -> domain::Result<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M)
            .map_err(|_| Error::broken("the text is too long for a QR code"))?;
        let width = code.width();
        let mut path = String::new();
        for (y, row) in code.to_colors().chunks(width).enumerate() {
            for (x, _) in row.iter().enumerate().filter(|(_, color)| **color == Color::Dark) {
                // Writing to a string doesn't fail.
                let _ = write!(path, "M{} {}h1v1h-1z", x + QUIET, y + QUIET);
            }
        }
        Ok(Self { path, size: width + 2 * QUIET })
    }
}

/// The picture: dark on white in every theme, since many readers take nothing else.
#[component]
pub(super) fn QrPicture(
    qr: Qr,
    /// What it is, for those who don't see it.
    label: &'static str,
) -> AnyView {
    let Qr { path, size } = qr;
    view! {
        <svg
            class="size-52 rounded-control"
            viewBox=format!("0 0 {size} {size}")
            role="img"
            aria-label=label
            shape-rendering="crispEdges"
            inner_html=format!("<rect width=\"{size}\" height=\"{size}\" fill=\"white\"/><path fill=\"black\" d=\"{path}\"/>")
        ></svg>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_has_its_margin_and_its_corners() {
        let qr = Qr::new("otpauth://totp/Latchkey:ada%40example.com?secret=JBSWY3DPEHPK3PXP&issuer=Latchkey").unwrap();
        let far = qr.size - QUIET - 1;
        for (x, y) in [(QUIET, QUIET), (far, QUIET), (QUIET, far)] {
            assert!(qr.path.contains(&format!("M{x} {y}h")), "a finder's corner at {x}, {y}");
        }
        assert!(!qr.path.contains(&format!("M{} ", far + 1)) && !qr.path.contains("M3 "), "nothing in the margin");
        assert!(Qr::new(&"x".repeat(5000)).is_err());
    }
}
