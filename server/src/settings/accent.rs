//! Whether the operator's colour can be seen on the pages (DESIGN: controls 3 to 1, text 4.5 to 1).
//!
//! The text on the colour is black or white, whichever reads better, and one of them always has 4.5 to 1. What remains is that a
//! button of the colour stands out from the page, in light and in dark.

/// The luminance of the pages' background, `oklch(0.982 0.003 h)` in light and `oklch(0.165 0.008 h)` in dark; see `style/`.
const BACKGROUNDS: [f64; 2] = [0.947, 0.0045];

/// The nearest colour of the same hue that can be seen in both themes, as `#rrggbb`; `None` when `text` itself can, or is no colour.
pub(super) fn better(text: &str) -> Option<String> {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    let [_, r, g, b] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
    let rgb = [r, g, b].map(linear);
    if visible(rgb) {
        return None;
    }
    let [lightness, a, b] = oklab(rgb);
    let candidates = (1..200).flat_map(|step| [-0.005, 0.005].map(|by| lightness + by * f64::from(step)));
    candidates
        .map(|lightness| srgb(from_oklab([lightness, a, b])))
        .find(|rgb| visible(rgb.map(linear)))
        .map(|[r, g, b]| format!("#{r:02x}{g:02x}{b:02x}"))
}

fn visible(rgb: [f64; 3]) -> bool {
    let luminance = 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
    // WCAG 2.2, 1.4.11.
    BACKGROUNDS
        .iter()
        .all(|background| (luminance.max(*background) + 0.05) / (luminance.min(*background) + 0.05) >= 3.0)
}

/// A channel of sRGB as light.
fn linear(channel: u8) -> f64 {
    let value = f64::from(channel) / 255.0;
    if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

fn srgb(rgb: [f64; 3]) -> [u8; 3] {
    rgb.map(|light| {
        let light = light.clamp(0.0, 1.0);
        let value = if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
        // Between 0 and 255.
        (value * 255.0).round() as u8
    })
}

/// Björn Ottosson's OKLab, in which a hue stays the same when the lightness changes.
fn oklab([r, g, b]: [f64; 3]) -> [f64; 3] {
    let l = (0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b).cbrt();
    let m = (0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b).cbrt();
    let s = (0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b).cbrt();
    [
        0.210_454_255_3 * l + 0.793_617_785 * m - 0.004_072_046_8 * s,
        1.977_998_495_1 * l - 2.428_592_205 * m + 0.450_593_709_9 * s,
        0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766 * s,
    ]
}

fn from_oklab([lightness, a, b]: [f64; 3]) -> [f64; 3] {
    let l = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
    let m = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
    let s = (lightness - 0.089_484_177_5 * a - 1.291_485_548 * b).powi(3);
    [
        4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
        -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
        -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701 * s,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_that_can_be_seen_are_taken_and_the_others_get_a_neighbour() {
        assert_eq!(better("#2b5bd1"), None, "the product's own");
        for faint in ["#ffd400", "#ffffff", "#000000", "#101010", "#f0f8ff", "#00ff00"] {
            let suggestion = better(faint).unwrap();
            assert_eq!(better(&suggestion), None, "{faint} became {suggestion}");
        }
    }
}
