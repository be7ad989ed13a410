use std::collections::BTreeSet;
use std::fmt::Write;

use leptos::prelude::*;

use super::tree::{self, HEIGHT, LONGEST, Node, PHONE, Px, Tree};
use crate::ui::{Glyph, Icon, LINK, Section, escaped};
use crate::words::capitalized;

/// What inherits from what, as a picture and as a list; nothing where no role inherits.
#[component]
pub(super) fn Picture(nodes: Vec<Node>) -> AnyView {
    let Some(tree) = tree::place(&nodes) else { return ().into_any() };
    let lead = "An arrow leads from a role to another one whose permissions it has, too.";
    // What is wider than a phone is moved within its frame, also by keyboard.
    let (tabindex, role) = if tree.width > PHONE { (Some("0"), Some("group")) } else { (None, None) };
    view! {
        <Section title="How roles build on each other" lead>
            <div class="overflow-x-auto rounded-control" tabindex=tabindex role=role aria-label=role.map(|_| "The picture of the roles")>
                <svg
                    role="img"
                    aria-label="The roles and what they inherit from; the list below says the same."
                    width=tree.width
                    height=tree.height
                    viewBox=format!("0 0 {} {}", tree.width, tree.height)
                    class="block max-w-none"
                    inner_html=drawn(&tree)
                ></svg>
            </div>
            <details class="group">
                <summary class="inline-flex min-h-11 items-center gap-2 rounded-control font-medium text-muted hover:text-text">
                    <span class="transition-transform group-open:rotate-90"><Icon glyph=Glyph::CHEVRON_RIGHT/></span>
                    "As a list"
                </summary>
                {outline(&nodes)}
            </details>
        </Section>
    }
    .into_any()
}

/// The inside of the picture. Names are of few characters; they are escaped all the same.
fn drawn(tree: &Tree) -> String {
    let mut svg = String::new();
    // Writing to a text can't fail.
    for line in &tree.lines {
        let _ = write!(
            svg,
            r#"<path d="{}" fill="none" class="stroke-control" stroke-width="1.5"/>"#,
            curve(line, tree.upright)
        );
        if let Some((x, y)) = line.last() {
            let arrow = if tree.upright {
                format!("M{} {}L{x} {y}L{} {}", x - 5, y - 7, x + 5, y - 7)
            } else {
                format!("M{} {}L{x} {y}L{} {}", x - 7, y - 5, x - 7, y + 5)
            };
            let _ = write!(
                svg,
                r#"<path d="{arrow}" fill="none" class="stroke-control" stroke-width="1.5" stroke-linejoin="round"/>"#
            );
        }
    }
    for place in &tree.places {
        let look = if place.own { "fill-surface stroke-accent" } else { "fill-raised stroke-border" };
        let (x, y, width) = (place.x, place.y, place.width);
        let _ = write!(svg, r#"<rect x="{x}" y="{y}" width="{width}" height="{HEIGHT}" rx="8" class="{look}"/>"#);
        let (middle, base, name) = (x + width / 2, y + HEIGHT / 2 + 5, escaped(&shortened(&capitalized(&place.name))));
        let _ = write!(
            svg,
            r#"<text x="{middle}" y="{base}" text-anchor="middle" class="fill-text text-sm font-medium">{name}</text>"#
        );
    }
    svg
}

/// A line through its points that leaves and arrives straight on.
fn curve(points: &[(Px, Px)], upright: bool) -> String {
    let mut path = String::new();
    for (place, (x, y)) in points.iter().enumerate() {
        let _ = match place.checked_sub(1).map(|before| points[before]) {
            None => write!(path, "M{x} {y}"),
            // Along its lane in a layer.
            Some(_) if place % 2 == 0 => write!(path, "L{x} {y}"),
            Some((from_x, from_y)) if upright => {
                let half = i32::midpoint(from_y, *y);
                write!(path, "C{from_x} {half} {x} {half} {x} {y}")
            }
            Some((from_x, from_y)) => {
                let half = i32::midpoint(from_x, *x);
                write!(path, "C{half} {from_y} {half} {y} {x} {y}")
            }
        };
    }
    path
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= LONGEST {
        return name.to_owned();
    }
    let begin: String = name.chars().take(LONGEST - 1).collect();
    format!("{begin}…")
}

/// The same as lists in lists: each role that nothing inherits from, and under a role what it has, too.
fn outline(nodes: &[Node]) -> AnyView {
    let mut told = BTreeSet::new();
    let tops = nodes.iter().filter(|node| !nodes.iter().any(|other| other.inherits.contains(&node.name)));
    let items = tops.map(|node| item(nodes, node, &mut told)).collect_view();
    view! { <ul class="grid gap-1">{items}</ul> }.into_any()
}

fn item<'n>(nodes: &'n [Node], node: &'n Node, told: &mut BTreeSet<&'n str>) -> AnyView {
    let again = !told.insert(&node.name) && !node.inherits.is_empty();
    let parents: Vec<_> = node.inherits.iter().filter_map(|name| nodes.iter().find(|one| one.name == *name)).collect();
    let below = (!again && !parents.is_empty()).then(|| {
        let items = parents.into_iter().map(|parent| item(nodes, parent, told)).collect_view();
        view! { <ul class="ml-1.5 grid gap-1 border-l border-border pl-4">{items}</ul> }
    });
    view! {
        <li class="grid gap-1">
            <span>
                <a href=node.href.clone() class=format!("inline-flex min-h-11 items-center sm:min-h-8 {LINK}")>{capitalized(&node.name)}</a>
                {again.then_some(" (as above)")}
            </span>
            {below}
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diamond_of_roles_is_told_once() {
        let node = |name: &str, inherits: &[&str]| Node {
            name: name.to_owned(),
            href: format!("/{name}"),
            own: true,
            inherits: inherits.iter().map(|one| (*one).to_owned()).collect(),
        };
        let nodes =
            vec![node("a", &["b", "c"]), node("b", &["d"]), node("c", &["d"]), node("d", &["e"]), node("e", &[])];
        let html = crate::shell::html(move || view! { <Picture nodes/> });
        assert_eq!((html.matches("<rect").count(), html.matches("href=\"/d\"").count()), (5, 2));
        assert_eq!((html.matches("as above").count(), html.matches("href=\"/e\"").count()), (1, 1));
        assert!(html.contains("role=\"img\"") && !html.contains("style="));
    }
}
