//! Whether the time that an answer takes tells who has an account (A12).

use std::time::{Duration, Instant};

use serde_json::json;

use crate::site::Site;

const SAMPLES: usize = 200;

/// How long requests took, half of them about an address with an account and half about one without, by turns.
struct Times {
    known: Vec<f64>,
    unknown: Vec<f64>,
}

impl Times {
    async fn of(site: &Site, path: &str) -> Self {
        let mut times = Self { known: Vec::new(), unknown: Vec::new() };
        for n in 0..2 * SAMPLES {
            // Neither is always the first of two.
            let known = (n / 2 + n) % 2 == 0;
            let email = if known { "ada@example.com" } else { "eve@example.com" };
            let body = json!({ "email": email, "password": "Wr0ng-enough", "type": "sign-in" });
            let begin = Instant::now();
            site.another().json(path, body).await;
            let took = begin.elapsed().as_secs_f64();
            if known { times.known.push(took) } else { times.unknown.push(took) }
        }
        times
    }

    /// How many deviations the ranks of both are apart (Mann and Whitney's test): beyond 1.96 in one of twenty times by chance.
    fn deviations(&self) -> f64 {
        let count = f64::from(u32::try_from(SAMPLES).unwrap());
        let pairs =
            self.known.iter().flat_map(|known| self.unknown.iter().map(move |unknown| known.total_cmp(unknown)));
        let balance: i32 = pairs.map(|order| order as i32).sum();
        let spread = (count * count * (2.0 * count + 1.0) / 12.0).sqrt();
        f64::from(balance).abs() / 2.0 / spread
    }

    /// How far apart their medians are, as a share of the smaller one.
    fn distance(&self) -> f64 {
        let median = |times: &[f64]| {
            let mut times = times.to_vec();
            times.sort_by(f64::total_cmp);
            times[times.len() / 2]
        };
        let (known, unknown) = (median(&self.known), median(&self.unknown));
        (known - unknown).abs() / known.min(unknown)
    }
}

/// The smallest of several measurements: what else the machine does disturbs one, and a real difference shows in each.
async fn least(site: &Site, path: &str, measure: impl Fn(&Times) -> f64, enough: f64) -> f64 {
    let mut least = f64::INFINITY;
    for _ in 0..4 {
        least = least.min(measure(&Times::of(site, path).await));
        if least < enough {
            break;
        }
    }
    least
}

db::both! {
    async fn a12_the_time_of_a_sign_in_tells_nothing(site: Site) {
        let site = site.with(|settings| settings.lock_out.attempts = 0);
        site.world.user("ada@example.com").await;
        let deviations = least(&site, "/api/auth/sign-in/email", Times::deviations, 1.96).await;
        assert!(deviations < 1.96, "{deviations} deviations");
    }

    async fn a12_the_time_in_which_a_locked_account_is_refused_tells_hardly_anything(site: Site) {
        site.world.user("ada@example.com").await;
        let site = site.with(|settings| {
            settings.lock_out.first = Duration::from_secs(3600);
            settings.lock_out.longest = Duration::from_secs(3600);
        });
        let distance = least(&site, "/api/auth/sign-in/email", Times::distance, 0.1).await;
        assert!(distance < 0.2, "{distance}");
        let answer = site.json("/api/auth/sign-in/email", json!({ "email": "eve@example.com", "password": "Wr0ng-enough" })).await;
        assert_eq!(answer.status, 429);
    }

    async fn a12_the_time_in_which_a_mail_is_asked_for_tells_hardly_anything(site: Site) {
        site.world.user("ada@example.com").await;
        for path in ["request-password-reset", "sign-in/magic-link", "email-otp/send-verification-otp"] {
            // Who leaves the work out where there is no account takes half of the time.
            let distance = least(&site, &format!("/api/auth/{path}"), Times::distance, 0.1).await;
            assert!(distance < 0.2, "{path}: {distance}");
        }
    }
}
