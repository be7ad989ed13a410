use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{Error, Pattern, Permission};

/// Patterns under a name, and the roles whose patterns it has too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// `a-z 0-9 _ - .`, 1 to 64.
    pub name: String,
    /// What it gives by itself.
    pub patterns: Vec<Pattern>,
    /// The roles that it inherits from.
    pub inherits: Vec<String>,
}

impl Role {
    /// Reads one.
    ///
    /// # Errors
    /// [`Error::RoleName`], [`Error::Pattern`].
    pub fn new<'p, 'r>(
        name: &str,
        patterns: impl IntoIterator<Item = &'p str>,
        inherits: impl IntoIterator<Item = &'r str>,
    ) -> Result<Self, Error> {
        Ok(Self {
            name: name.to_owned(),
            patterns: patterns.into_iter().map(Pattern::parse).collect::<Result<_, _>>()?,
            inherits: inherits.into_iter().map(str::to_owned).collect(),
        })
    }
}

/// Roles that fit together.
#[derive(Clone, Debug)]
pub struct Roles {
    roles: Vec<Role>,
    /// The places, in the order of the names: for a few dozen, searching is quicker than hashing.
    by_name: Vec<usize>,
    /// For each role, every role that it has, itself first and then by distance; the place that each was reached from.
    lines: Vec<Vec<Heritage>>,
    /// For each role, every role that has it, itself too.
    heirs: Vec<Vec<usize>>,
    /// Every pattern, as its role and its place there, in the order of their first words, those that begin with a star in front.
    by_word: Vec<(usize, usize)>,
    /// How many begin with a star.
    starred: usize,
}

/// A role that another one has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heritage {
    pub(crate) role: usize,
    /// The place in the line of the role that inherits from this one; itself for the first.
    from: usize,
}

impl Roles {
    /// Puts roles together.
    ///
    /// # Errors
    /// [`Error::RoleName`], [`Error::Twice`], [`Error::UnknownParent`], [`Error::Cycle`].
    pub fn new(roles: impl IntoIterator<Item = Role>) -> Result<Self, Error> {
        let roles: Vec<Role> = roles.into_iter().collect();
        let mut by_name: Vec<usize> = (0..roles.len()).collect();
        by_name.sort_by(|one, other| roles[*one].name.cmp(&roles[*other].name));
        for role in &roles {
            let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-' | b'.');
            if !(1..=64).contains(&role.name.len()) || !role.name.bytes().all(plain) {
                return Err(Error::RoleName(role.name.clone()));
            }
        }
        if let Some(twice) = by_name.windows(2).find(|pair| roles[pair[0]].name == roles[pair[1]].name) {
            return Err(Error::Twice(roles[twice[0]].name.clone()));
        }
        let mut parents = Vec::with_capacity(roles.len());
        for role in &roles {
            let place = |parent: &String| {
                let unknown = || Error::UnknownParent { role: role.name.clone(), parent: parent.clone() };
                search(&roles, &by_name, parent).ok_or_else(unknown)
            };
            parents.push(role.inherits.iter().map(place).collect::<Result<Vec<_>, _>>()?);
        }
        if let Some(cycle) = cycle(&parents) {
            return Err(Error::Cycle(cycle.into_iter().map(|place| roles[place].name.clone()).collect()));
        }
        let lines: Vec<_> = (0..roles.len()).map(|role| line(&parents, role)).collect();
        let mut heirs = vec![Vec::new(); roles.len()];
        for (heir, line) in lines.iter().enumerate() {
            line.iter().for_each(|heritage| heirs[heritage.role].push(heir));
        }
        let places = |(role, one): (usize, &Role)| (0..one.patterns.len()).map(move |pattern| (role, pattern));
        let mut by_word: Vec<(usize, usize)> = roles.iter().enumerate().flat_map(places).collect();
        // A star comes before every letter.
        by_word.sort_by_key(|(role, pattern)| roles[*role].patterns[*pattern].first_word());
        let starred = by_word.partition_point(|(role, pattern)| roles[*role].patterns[*pattern].first_word() == "*");
        Ok(Self { roles, by_name, lines, heirs, by_word, starred })
    }

    /// The role of that name.
    pub fn get(&self, name: &str) -> Option<&Role> {
        self.roles.get(self.place(name)?)
    }

    /// All of them, in the order in which they were given.
    pub fn iter(&self) -> impl Iterator<Item = &Role> {
        self.roles.iter()
    }

    /// Every pattern that a role gives, its own and inherited ones.
    pub fn patterns(&self, name: &str) -> impl Iterator<Item = &Pattern> {
        let line = self.place(name).map_or(&[][..], |role| &self.lines[role]);
        line.iter().flat_map(|heritage| &self.roles[heritage.role].patterns)
    }

    /// The names of that role and of all that it inherits from; none when it isn't there.
    pub fn heritage(&self, name: &str) -> impl Iterator<Item = &str> {
        let line = self.place(name).map(|role| self.line(role)).unwrap_or_default();
        line.iter().map(|heritage| self.at(heritage.role).name.as_str())
    }

    pub(crate) fn place(&self, name: &str) -> Option<usize> {
        search(&self.roles, &self.by_name, name)
    }

    pub(crate) fn at(&self, place: usize) -> &Role {
        &self.roles[place]
    }

    pub(crate) fn len(&self) -> usize {
        self.roles.len()
    }

    /// The places of all roles, in the order of their names.
    pub(crate) fn sorted(&self) -> impl Iterator<Item = usize> {
        self.by_name.iter().copied()
    }

    pub(crate) fn heirs(&self, role: usize) -> &[usize] {
        &self.heirs[role]
    }

    /// The roles that give a permission by a pattern of their own; several times with several.
    pub(crate) fn with_pattern_for(&self, permission: &Permission) -> impl Iterator<Item = usize> {
        let (stars, others) = self.by_word.split_at(self.starred);
        let pattern = |(role, pattern): &(usize, usize)| &self.roles[*role].patterns[*pattern];
        let word = permission.first_word();
        let begin = others.partition_point(|place| pattern(place).first_word() < word);
        let named = others[begin..].iter().take_while(move |place| pattern(place).first_word() == word);
        stars.iter().chain(named).filter(move |place| pattern(place).covers(permission)).map(|(role, _)| *role)
    }

    pub(crate) fn line(&self, role: usize) -> &[Heritage] {
        &self.lines[role]
    }

    /// The names from a role to the one at `place` of its line.
    pub(crate) fn path(&self, role: usize, mut place: usize) -> Vec<&str> {
        let line = &self.lines[role];
        let mut path = vec![self.roles[line[place].role].name.as_str()];
        while place != 0 {
            place = line[place].from;
            path.push(&self.roles[line[place].role].name);
        }
        path.reverse();
        path
    }
}

fn search(roles: &[Role], by_name: &[usize], name: &str) -> Option<usize> {
    by_name.binary_search_by(|place| roles[*place].name.as_str().cmp(name)).ok().map(|found| by_name[found])
}

/// Itself and all that it inherits, breadth first, each once.
fn line(parents: &[Vec<usize>], role: usize) -> Vec<Heritage> {
    let mut line = vec![Heritage { role, from: 0 }];
    let mut seen = BTreeSet::from([role]);
    let mut next = 0;
    while let Some(heritage) = line.get(next).copied() {
        for parent in &parents[heritage.role] {
            if seen.insert(*parent) {
                line.push(Heritage { role: *parent, from: next });
            }
        }
        next += 1;
    }
    line
}

/// A circle among the parents, its first role again at the end.
fn cycle(parents: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut done = vec![false; parents.len()];
    for start in 0..parents.len() {
        // Without recursion: roles come from outside, and may be many.
        let mut path: Vec<(usize, usize)> = vec![(start, 0)];
        while let Some((role, next)) = path.last_mut() {
            let role = *role;
            match parents[role].get(*next) {
                Some(parent) if !done[*parent] => {
                    *next += 1;
                    if let Some(from) = path.iter().position(|(on, _)| on == parent) {
                        let circle = path[from..].iter().map(|(on, _)| *on);
                        return Some(circle.chain([*parent]).collect());
                    }
                    path.push((*parent, 0));
                }
                Some(_) => *next += 1,
                None => {
                    done[role] = true;
                    path.pop();
                }
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles(inherits: &[(&str, &[&str])]) -> Result<Roles, Error> {
        Roles::new(inherits.iter().map(|(name, parents)| Role::new(name, [], parents.iter().copied()).unwrap()))
    }

    #[test]
    fn a_circle_is_refused_and_named() {
        let circle = roles(&[("a", &["b"]), ("b", &["c"]), ("c", &["b"])]).unwrap_err();
        assert_eq!(circle.to_string(), "roles inherit in a circle: b → c → b");
        assert_eq!(roles(&[("a", &["a"])]).unwrap_err(), Error::Cycle(vec!["a".into(), "a".into()]));
        assert!(
            roles(&[("a", &["b", "c"]), ("b", &["d"]), ("c", &["d"]), ("d", &[])]).is_ok(),
            "a diamond is no circle"
        );
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        assert_eq!(roles(&[("a", &[]), ("a", &[])]).unwrap_err(), Error::Twice("a".into()));
        let unknown = Error::UnknownParent { role: "a".into(), parent: "b".into() };
        assert_eq!(roles(&[("a", &["b"])]).unwrap_err(), unknown);
        assert_eq!(roles(&[("A b", &[])]).unwrap_err(), Error::RoleName("A b".into()));
    }

    #[test]
    fn a_long_line_of_heirs_is_no_trouble() {
        let names: Vec<String> = (0..1_000).map(|number| format!("r{number}")).collect();
        let chain = names
            .iter()
            .enumerate()
            .map(|(place, name)| Role::new(name, [], names.get(place + 1).map(String::as_str)).unwrap());
        assert!(Roles::new(chain).is_ok());
    }
}
