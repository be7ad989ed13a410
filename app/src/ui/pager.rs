use leptos::prelude::*;

use super::button::{ButtonLink, Variant};

/// Which part of a long list a page shows; pages are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which page.
    pub page: u32,
    /// How many things stand on one.
    pub size: u32,
    /// How many there are in all.
    pub total: u64,
}

impl Part {
    /// How many things stand on the pages before `page`, of `size` each.
    pub fn offset(page: u32, size: u32) -> u32 {
        page.saturating_sub(1).saturating_mul(size)
    }

    /// The page that an address names; the first one where it names none.
    pub fn page_of(typed: &str) -> u32 {
        typed.trim().parse().unwrap_or(1).max(1)
    }

    /// "51–100 of 10,000"; "7" where all stand on one page.
    pub fn words(self) -> String {
        if self.total <= u64::from(self.size) {
            return thousands(self.total);
        }
        let begin = u64::from(Self::offset(self.page, self.size));
        let end = (begin + u64::from(self.size)).min(self.total);
        format!("{}–{} of {}", thousands(begin + 1), thousands(end), thousands(self.total))
    }

    fn before(self) -> Option<u32> {
        (self.page > 1).then(|| self.page - 1)
    }

    fn after(self) -> Option<u32> {
        let shown = u64::from(self.page).saturating_mul(u64::from(self.size));
        (shown < self.total).then(|| self.page.saturating_add(1))
    }
}

/// Links to the part of a list before this one and after it; nothing where all of it is shown.
#[component]
pub fn Pager(
    /// What is listed ("Members").
    #[prop(into)]
    name: String,
    part: Part,
    /// The address of a page.
    href: impl Fn(u32) -> String,
) -> AnyView {
    if part.before().is_none() && part.after().is_none() {
        return ().into_any();
    }
    let link = |page: Option<u32>, label: &'static str| {
        let (name, href) = (name.to_lowercase(), page.map(&href));
        href.map(
            |href| view! { <ButtonLink href label variant=Variant::Secondary aria_label=format!("{label} {name}")/> },
        )
    };
    view! {
        <nav aria-label=format!("Pages of {}", name.to_lowercase()) class="flex flex-wrap items-center gap-3">
            {link(part.before(), "Previous")}
            {link(part.after(), "Next")}
            <p class="ml-auto text-muted tabular-nums">{part.words()}</p>
        </nav>
    }
    .into_any()
}

/// A number with commas between its thousands.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// "1 member", "1,200 members".
pub fn counted(number: u64, one: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{} {one}{s}", thousands(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_says_where_it_lies_and_where_it_leads() {
        let part = |page, total| Part { page, size: 50, total };
        assert_eq!(part(2, 10_000).words(), "51–100 of 10,000");
        assert_eq!(part(3, 120).words(), "101–120 of 120");
        assert_eq!(part(1, 7).words(), "7");
        assert_eq!((part(1, 50).before(), part(1, 50).after()), (None, None));
        assert_eq!((part(2, 120).before(), part(2, 120).after()), (Some(1), Some(3)));
        assert_eq!(part(3, 120).after(), None);
        assert_eq!(Part::page_of("0") + Part::page_of("x") + Part::page_of("-1"), 3);
        assert!(Part::offset(u32::MAX, 50) > 0, "no address breaks it");
        assert_eq!(counted(1, "team") + &counted(1_234_567, "team"), "1 team1,234,567 teams");
    }
}
