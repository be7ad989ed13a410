//! Where the roles stand in a picture of what inherits from what: in layers, each role before all that it inherits from. A line that
//! passes a layer bends there, so that it goes around the roles and not over them.

use model::RoleView;

/// A role as the picture knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    /// Its name.
    pub name: String,
    /// Its page.
    pub href: String,
    /// Whether it is the organization's own.
    pub own: bool,
    /// The names of those that it inherits from.
    pub inherits: Vec<String>,
}

impl Node {
    pub(super) fn of(role: &RoleView, href: String) -> Self {
        Self { name: role.name.clone(), href, own: role.id.is_some(), inherits: role.inherits.clone() }
    }
}

/// Pixels.
pub(super) type Px = i32;

/// Where a role stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub name: String,
    pub own: bool,
    pub x: Px,
    pub y: Px,
    pub width: Px,
}

/// A picture's measures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tree {
    pub width: Px,
    pub height: Px,
    pub places: Vec<Place>,
    /// The points of each line, from an heir to what it inherits from.
    pub lines: Vec<Vec<(Px, Px)>>,
    /// Whether the layers stand under each other instead of side by side.
    pub upright: bool,
}

/// How high a role stands.
pub(super) const HEIGHT: Px = 36;
/// The room inside a card on a phone.
pub(super) const PHONE: Px = 300;
/// The longest name that is written out.
pub(super) const LONGEST: usize = 20;
const BETWEEN_LAYERS: Px = 44;
const BETWEEN: Px = 12;
/// The room that a line needs that passes a layer.
const LANE: Px = 8;
const EDGE: Px = 2;

/// What stands in a layer: a role, or the bend of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Item {
    Role(usize),
    Bend,
}

struct Layers {
    items: Vec<Item>,
    /// The items of each layer, in their order.
    layers: Vec<Vec<usize>>,
    /// Neighbours in the next layer, of each item.
    next: Vec<Vec<usize>>,
}

/// Places those roles that inherit or are inherited from; side by side where a phone has room for it. `None` when there are none.
pub(super) fn place(nodes: &[Node]) -> Option<Tree> {
    let related: Vec<&Node> = nodes.iter().filter(|node| is_related(nodes, node)).collect();
    if related.is_empty() {
        return None;
    }
    let layers = Layers::of(&related);
    let beside = layers.measured(&related, false);
    if beside.width <= PHONE {
        return Some(beside);
    }
    let upright = layers.measured(&related, true);
    Some(if upright.width <= PHONE { upright } else { beside })
}

fn is_related(nodes: &[Node], node: &Node) -> bool {
    !node.inherits.is_empty() || nodes.iter().any(|other| other.inherits.contains(&node.name))
}

fn width(name: &str) -> Px {
    let letters = Px::try_from(name.chars().count().min(LONGEST)).unwrap_or_default();
    (letters * 8 + 28).max(64)
}

impl Layers {
    fn of(nodes: &[&Node]) -> Self {
        let parents: Vec<Vec<usize>> = nodes
            .iter()
            .map(|node| {
                node.inherits.iter().filter_map(|parent| nodes.iter().position(|one| one.name == *parent)).collect()
            })
            .collect();
        let depths = depths(&parents);
        let count = depths.iter().max().map_or(0, |deepest| deepest + 1);
        let mut layers = Self {
            items: (0..nodes.len()).map(Item::Role).collect(),
            layers: vec![Vec::new(); count],
            next: vec![Vec::new(); nodes.len()],
        };
        for (role, depth) in depths.iter().enumerate() {
            layers.layers[*depth].push(role);
        }
        for (heir, parents) in parents.iter().enumerate() {
            for parent in parents {
                let mut from = heir;
                for passed in depths[heir] + 1..depths[*parent] {
                    let bend = layers.items.len();
                    layers.items.push(Item::Bend);
                    layers.next.push(Vec::new());
                    layers.layers[passed].push(bend);
                    layers.next[from].push(bend);
                    from = bend;
                }
                layers.next[from].push(*parent);
            }
        }
        layers.untangle();
        layers
    }

    /// Moves each item towards the middle of those that it is tied to, to and fro, so that few lines cross.
    fn untangle(&mut self) {
        for _ in 0..4 {
            for layer in 1..self.layers.len() {
                let before = self.layers[layer - 1].clone();
                let tied = |item: usize| before.iter().map(|one| self.next[*one].contains(&item)).collect::<Vec<_>>();
                let order = sorted(&self.layers[layer], tied);
                self.layers[layer] = order;
            }
            for layer in (0..self.layers.len().saturating_sub(1)).rev() {
                let after = self.layers[layer + 1].clone();
                let tied = |item: usize| after.iter().map(|one| self.next[item].contains(one)).collect::<Vec<_>>();
                let order = sorted(&self.layers[layer], tied);
                self.layers[layer] = order;
            }
        }
    }

    fn measured(&self, nodes: &[&Node], upright: bool) -> Tree {
        let broad = |item: usize| match self.items[item] {
            Item::Role(role) if upright => width(&nodes[role].name),
            Item::Role(_) => HEIGHT,
            Item::Bend => LANE,
        };
        let deep = |layer: &[usize]| {
            let roles = layer
                .iter()
                .filter_map(|item| if let Item::Role(role) = self.items[*item] { Some(role) } else { None });
            if upright { HEIGHT } else { roles.map(|role| width(&nodes[role].name)).max().unwrap_or(LANE) }
        };
        let breadth = |layer: &[usize]| {
            let gaps = Px::try_from(layer.len().saturating_sub(1)).unwrap_or_default() * BETWEEN;
            layer.iter().map(|item| broad(*item)).sum::<Px>() + gaps
        };
        let whole = self.layers.iter().map(|layer| breadth(layer)).max().unwrap_or_default();
        // Where an item begins and ends along the layers, and its middle across them.
        let mut spans = vec![(0, 0, 0); self.items.len()];
        let mut along = EDGE;
        for layer in &self.layers {
            let mut across = EDGE + (whole - breadth(layer)) / 2;
            for item in layer {
                spans[*item] = (along, along + deep(layer), across + broad(*item) / 2);
                across += broad(*item) + BETWEEN;
            }
            along += deep(layer) + BETWEEN_LAYERS;
        }
        let along = along - BETWEEN_LAYERS + EDGE;
        let across = whole + 2 * EDGE;
        let turned = |(a, b): (Px, Px)| if upright { (b, a) } else { (a, b) };
        let places = nodes.iter().enumerate().map(|(role, node)| {
            let ((begin, end, middle), own) = (spans[role], node.own);
            let width = if upright { width(&node.name) } else { end - begin };
            let (x, y) = if upright { (middle - width / 2, begin) } else { (begin, middle - HEIGHT / 2) };
            Place { name: node.name.clone(), own, x, y, width }
        });
        let (width, height) = turned((along, across));
        Tree {
            width,
            height,
            places: places.collect(),
            lines: self.lines(&spans).into_iter().map(|line| line.into_iter().map(turned).collect()).collect(),
            upright,
        }
    }

    /// The points of every line, along and across the layers.
    fn lines(&self, spans: &[(Px, Px, Px)]) -> Vec<Vec<(Px, Px)>> {
        let mut lines = Vec::new();
        let heirs = self.items.iter().enumerate().filter(|(_, item)| **item != Item::Bend).map(|(heir, _)| heir);
        for (heir, first) in heirs.flat_map(|heir| self.next[heir].iter().map(move |first| (heir, *first))) {
            let mut line = vec![(spans[heir].1, spans[heir].2)];
            let mut at = first;
            while self.items[at] == Item::Bend {
                line.extend([(spans[at].0, spans[at].2), (spans[at].1, spans[at].2)]);
                let Some(next) = self.next[at].first() else { break };
                at = *next;
            }
            line.push((spans[at].0, spans[at].2));
            lines.push(line);
        }
        lines
    }
}

/// How far each role is from those that nothing inherits from, on the longest way.
fn depths(parents: &[Vec<usize>]) -> Vec<usize> {
    let mut depths = vec![0; parents.len()];
    // Roles don't inherit in circles: after as many rounds as there are roles nothing moves any more.
    for _ in 0..parents.len() {
        for (heir, parents) in parents.iter().enumerate() {
            for parent in parents {
                depths[*parent] = depths[*parent].max(depths[heir] + 1).min(depths.len() - 1);
            }
        }
    }
    depths
}

/// The items by the middle of those that they are tied to; what is tied to nothing stays where it is.
fn sorted(layer: &[usize], tied: impl Fn(usize) -> Vec<bool>) -> Vec<usize> {
    let middle = |(place, item): (usize, &usize)| {
        let ties: Vec<usize> = tied(*item).into_iter().enumerate().filter(|(_, is)| *is).map(|(at, _)| at).collect();
        // In thousandths: whole numbers sort.
        if ties.is_empty() { place * 1000 } else { ties.iter().sum::<usize>() * 1000 / ties.len() }
    };
    let mut order: Vec<(usize, usize)> = layer.iter().enumerate().map(|one| (middle(one), *one.1)).collect();
    order.sort_by_key(|(middle, _)| *middle);
    order.into_iter().map(|(_, item)| item).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes(inherits: &[(&str, &[&str])]) -> Vec<Node> {
        let node = |(name, parents): &(&str, &[&str])| Node {
            name: (*name).to_owned(),
            href: String::new(),
            own: false,
            inherits: parents.iter().map(|parent| (*parent).to_owned()).collect(),
        };
        inherits.iter().map(node).collect()
    }

    fn at<'t>(tree: &'t Tree, name: &str) -> &'t Place {
        tree.places.iter().find(|place| place.name == name).unwrap()
    }

    #[test]
    fn a_role_stands_before_what_it_inherits_from() {
        let tree = place(&nodes(&[("admin", &["member"]), ("member", &[]), ("owner", &[])])).unwrap();
        assert_eq!(tree.places.len(), 2, "what has nothing to do with others isn't in the picture");
        assert!(!tree.upright && tree.width <= PHONE);
        let (admin, member) = (at(&tree, "admin"), at(&tree, "member"));
        assert!(admin.x + admin.width < member.x && admin.y == member.y);
        assert_eq!(
            tree.lines,
            [vec![(admin.x + admin.width, admin.y + HEIGHT / 2), (member.x, member.y + HEIGHT / 2)]]
        );
    }

    #[test]
    fn lines_go_around_roles_and_roles_stand_apart() {
        let tree =
            place(&nodes(&[("a", &["b", "d"]), ("b", &["c"]), ("c", &["d"]), ("d", &[]), ("e", &["d"])])).unwrap();
        for (place, other) in tree.places.iter().flat_map(|one| tree.places.iter().map(move |other| (one, other))) {
            let apart = place.x + place.width < other.x
                || other.x + other.width < place.x
                || (place.y - other.y).abs() > HEIGHT;
            assert!(place == other || apart, "{place:?} {other:?}");
        }
        let long = tree.lines.iter().find(|line| line.len() == 6).expect("from a to d, past two layers");
        for (x, y) in &long[1..5] {
            let inside = |place: &Place| {
                (place.x..=place.x + place.width).contains(x) && (place.y..=place.y + HEIGHT).contains(y)
            };
            assert!(!tree.places.iter().any(inside));
        }
        assert!(
            tree.places
                .iter()
                .all(|place| place.x >= 0 && place.x + place.width <= tree.width && place.y + HEIGHT <= tree.height)
        );
    }

    #[test]
    fn a_long_line_stands_upright_on_a_phone() {
        let tree =
            place(&nodes(&[("one", &["two"]), ("two", &["three"]), ("three", &["four"]), ("four", &[])])).unwrap();
        assert!(tree.upright && tree.width <= PHONE);
        assert!(at(&tree, "one").y < at(&tree, "four").y);
        assert_eq!(place(&nodes(&[("one", &[])])), None);
    }
}
