use domain::audit::{Filter as Wanted, Told};
use leptos::prelude::*;
use model::Timestamp;
use serde::Deserialize;

use super::entry::{Entry, Reader};
use super::words::Group;
use crate::ui::{ButtonLink, Empty, Filter, Glyph, Pager, Part, Rows, Variant};

/// How many entries stand on one page.
pub(super) const SIZE: u32 = 50;

/// Which part of a trail an address asks for; what can't be read asks for nothing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// A part of a name or an address.
    pub search: String,
    /// Which kind of acts.
    pub kind: String,
    /// Which page, from 1.
    pub page: String,
}

impl Asked {
    pub(super) fn wanted(&self, groups: &[Group]) -> Wanted {
        let acts = self.group(groups).map(|group| group.acts()).unwrap_or_default();
        Wanted { acts, search: self.search.trim().to_owned(), ..Wanted::default() }
    }

    pub(super) fn offset(&self) -> u32 {
        Part::offset(Part::page_of(&self.page), SIZE)
    }

    fn group<'g>(&self, groups: &'g [Group]) -> Option<&'g Group> {
        groups.iter().find(|group| group.name == self.kind)
    }

    fn narrows(&self) -> bool {
        !self.search.trim().is_empty() || !self.kind.is_empty()
    }

    /// The address of another page of the same list, or of what else is asked in this way.
    pub(super) fn href(&self, path: &str, more: &[(&str, &str)]) -> String {
        let own = [("search", self.search.trim()), ("kind", self.kind.as_str())];
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(own.iter().chain(more).filter(|(_, value)| !value.is_empty()));
        match query.finish() {
            query if query.is_empty() => path.to_owned(),
            query => format!("{path}?{query}"),
        }
    }

    /// The choice between these.
    pub(super) fn choice(&self, groups: &[Group]) -> Filter {
        let all = std::iter::once((String::new(), "Everything".to_owned()));
        let options = all.chain(groups.iter().map(|group| (group.name.to_owned(), group.label.to_owned())));
        Filter { name: "kind", label: "What", options: options.collect(), value: self.kind.clone() }
    }
}

/// The entries of a page with the way to the others, or why there are none.
#[component]
pub(super) fn Entries(
    told: Vec<Told>,
    total: u64,
    asked: Asked,
    #[prop(into)] path: String,
    reader: Reader,
    now: Timestamp,
) -> AnyView {
    let part = Part { page: Part::page_of(&asked.page), size: SIZE, total };
    let back = path.clone();
    let narrowed = asked.clone();
    let href = move |page: u32| {
        let page = if page > 1 { page.to_string() } else { String::new() };
        narrowed.href(&path, &[("page", &page)])
    };
    if told.is_empty() {
        let (title, text, way_back) = match (total, asked.narrows()) {
            (1.., _) => ("This page is past the end", "The list has become shorter.", true),
            (0, true) => ("Nothing found", "Nothing like that happened.", true),
            (0, false) => ("Nothing yet", "What happens from now on is listed here.", false),
        };
        return view! {
            <Empty glyph=Glyph::HISTORY title text>
                {way_back.then(|| view! { <ButtonLink href=back label="Show everything" variant=Variant::Secondary/> })}
            </Empty>
        }
        .into_any();
    }
    let rows = told.into_iter().map(|told| view! { <Entry told reader=reader.clone() now/> }).collect_view();
    view! {
        <Rows name="Activity">{rows}</Rows>
        <Pager name="Activity" part href/>
    }
    .into_any()
}
