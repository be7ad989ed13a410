//! Light or dark, and the operator's colour.

use serde::{Deserialize, Serialize};

/// The cookie that holds the reader's choice. No secret; script reads and writes it too.
pub const COOKIE: &str = "latchkey.theme";

/// Which theme a reader wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// The system's.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// Reads the cookie's or the form's value; anything else is the system's.
    pub fn parse(text: &str) -> Self {
        match text {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::System,
        }
    }

    /// The cookie's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// What the switch changes to.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::System,
        }
    }

    /// The cookie that remembers it for a year, as a header value or for `document.cookie`.
    pub fn cookie(self) -> String {
        format!("{COOKIE}={}; Path=/; Max-Age=31536000; SameSite=Lax", self.as_str())
    }
}

/// The operator's colour, and the text colour that reads on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accent {
    color: String,
    dark_text: bool,
}

impl Accent {
    /// Reads `#rrggbb`. Any colour will do: the text on it becomes black or white, whichever has the better contrast (one of them
    /// always has 4.5 to 1 and more), and links take its hue in a lightness that reads on the page.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text
            .strip_prefix('#')
            .filter(|digits| digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
        let [_, r, g, b] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes().map(linear);
        // WCAG 2: relative luminance, and the ratios to black and to white.
        let luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b;
        let dark_text = (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05);
        Some(Self { color: text.to_ascii_lowercase(), dark_text })
    }

    /// The rule that puts it into a page.
    pub fn css(&self) -> String {
        format!(":root{{--brand:{};--brand-text:{}}}", self.color, if self.dark_text { "#000" } else { "#fff" })
    }
}

/// A channel of sRGB as light.
fn linear(channel: u8) -> f64 {
    let value = f64::from(channel) / 255.0;
    if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accent_is_a_colour_and_nothing_else() {
        assert_eq!(Accent::parse("#4F46E5").unwrap().css(), ":root{--brand:#4f46e5;--brand-text:#fff}");
        assert_eq!(Accent::parse("#ffd400").unwrap().css(), ":root{--brand:#ffd400;--brand-text:#000}");
        for bad in ["", "red", "#fff", "#12345g", "#1234567", "#000000}</style><script>"] {
            assert_eq!(Accent::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_switch_goes_round() {
        assert_eq!(Theme::System.next().next().next(), Theme::System);
        for theme in [Theme::System, Theme::Light, Theme::Dark] {
            assert_eq!(Theme::parse(theme.as_str()), theme);
        }
        assert_eq!(Theme::parse("\"><script>"), Theme::System);
    }
}
