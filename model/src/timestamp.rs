use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

/// A moment in UTC, to the microsecond. On the wire it is ISO 8601 with milliseconds and `Z`, as JavaScript writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(OffsetDateTime);

impl Timestamp {
    /// Microseconds since 1970. Values outside years −9999 to 9999 become 1970.
    pub fn from_micros(micros: i64) -> Self {
        Self(OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000).unwrap_or(OffsetDateTime::UNIX_EPOCH))
    }

    /// Microseconds since 1970.
    pub fn micros(self) -> i64 {
        i64::try_from(self.0.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX)
    }

    /// Seconds since 1970.
    pub fn seconds(self) -> i64 {
        self.0.unix_timestamp()
    }

    /// The moment as the `time` crate has it.
    pub fn date_time(self) -> OffsetDateTime {
        self.0
    }

    /// Reads a day and a time in UTC as a form sends them (`2026-11-23T14:05`), or as somebody types them without its help
    /// (`2026-11-23 14:05`). Seconds are left out.
    pub fn typed(text: &str) -> Option<Self> {
        let format = format_description!("[year]-[month]-[day]T[hour]:[minute]");
        let text = text.trim().replacen(' ', "T", 1);
        let (minute, rest) = text.split_at_checked(16)?;
        let plain = rest.is_empty() || rest.starts_with(':');
        let moment = PrimitiveDateTime::parse(minute, format).ok().filter(|_| plain)?;
        Some(moment.assume_utc().into())
    }

    /// How long ago `earlier` was; zero when it is later.
    pub fn since(self, earlier: Self) -> Duration {
        (self.0 - earlier.0).try_into().unwrap_or(Duration::ZERO)
    }

    /// For people: `23 November 2026, 14:05 UTC`.
    pub fn words(self) -> String {
        let format = format_description!("[day padding:none] [month repr:long] [year], [hour]:[minute] UTC");
        self.0.format(&format).unwrap_or_default()
    }

    /// ISO 8601 with milliseconds and `Z`.
    pub fn iso(self) -> String {
        let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
        self.0.format(&format).unwrap_or_default()
    }
}

impl From<OffsetDateTime> for Timestamp {
    fn from(moment: OffsetDateTime) -> Self {
        // Both databases keep microseconds; cutting here keeps a value equal to itself after a round trip.
        Self::from_micros(i64::try_from(moment.unix_timestamp_nanos() / 1000).unwrap_or_default())
    }
}

impl std::ops::Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        Self(self.0 + span)
    }
}

impl std::ops::Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, span: Duration) -> Self {
        Self(self.0 - span)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.iso())
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, ser: S) -> Result<S::Ok, S::Error> {
        ser.serialize_str(&self.iso())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
        let text = String::deserialize(de)?;
        let moment = OffsetDateTime::parse(&text, &Rfc3339).map_err(serde::de::Error::custom)?;
        // With its offset a moment of a readable year may lie in one that isn't.
        let moment =
            moment.checked_to_offset(time::UtcOffset::UTC).filter(|moment| (0..=9999).contains(&moment.year()));
        moment.map(Self::from).ok_or_else(|| serde::de::Error::custom("a moment outside of the years 0 to 9999"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_has_milliseconds_and_z() {
        let moment = Timestamp::from_micros(1_767_225_600_123_456);
        assert_eq!(serde_json::to_string(&moment).unwrap(), "\"2026-01-01T00:00:00.123Z\"");
        assert_eq!(serde_json::from_str::<Timestamp>("\"2026-01-01T00:00:00.123456Z\"").unwrap(), moment);
        assert_eq!(moment.words(), "1 January 2026, 00:00 UTC");
    }

    #[test]
    fn a_moment_outside_of_the_calendar_is_none() {
        for outside in ["9999-12-31T23:59:59-23:59", "0000-01-01T00:00:00+23:59"] {
            assert!(serde_json::from_str::<Timestamp>(&format!("\"{outside}\"")).is_err(), "{outside}");
        }
        assert!(serde_json::from_str::<Timestamp>("\"9999-12-31T23:59:59Z\"").is_ok());
    }

    #[test]
    fn a_typed_moment_is_read_to_the_minute() {
        let moment = Timestamp::typed("2026-11-23T14:05").unwrap();
        assert_eq!(moment.words(), "23 November 2026, 14:05 UTC");
        assert_eq!(Timestamp::typed(" 2026-11-23 14:05 "), Some(moment));
        assert_eq!(Timestamp::typed("2026-11-23T14:05:59.123"), Some(moment));
        for bad in [
            "",
            "tomorrow",
            "2026-11-23",
            "2026-02-30T14:05",
            "2026-11-23T24:05",
            "2026-11-23T14:05Z",
            "ä026-11-23T14:05",
        ] {
            assert_eq!(Timestamp::typed(bad), None, "{bad}");
        }
    }
}
