//! What saving a role would do, before it is saved: which roles and which people gain and lose what, judged by the engine, so that
//! whoever has something otherwise doesn't lose it.

use std::collections::{BTreeMap, BTreeSet};

use model::{PersonChange, PlaceChange, RoleChange, RolePreview, RoleView, TeamId, Timestamp};
use permission::{Assignment, Pattern, Permission, Question, Roles, Scope};

use super::draft::{self, Draft};
use super::holders::{self, Holder, Wanted};
use super::{Access, store};
use crate::organization::held;
use crate::{Cx, Error, Result};

/// How many holders are looked at one by one.
const LOOKED_AT: i64 = 200;
/// How many of those for whom something changes are told.
const TOLD: usize = 20;

/// Tells what [`super::create`] would do, or [`super::update`] to the role `old`, whose holders keep it.
///
/// # Errors
/// As these.
pub async fn preview(cx: &Cx, access: &Access, old: Option<&str>, draft: &Draft) -> Result<RolePreview> {
    access.require(if old.is_some() { "ac:update" } else { "ac:create" })?;
    let mut conn = cx.db.read().await?;
    let mut own = store::list(&mut conn, &access.organization.id).await?;
    let old = old.map(|name| draft::find(cx, &own, name)).transpose()?;
    let role = draft.check(cx, access, old.as_ref())?;
    if old.is_none() {
        draft::check_limit(cx, i64::try_from(own.len()).map_err(Error::broken)?)?;
    }
    let before = draft::together(cx, own.clone())?;
    put(&mut own, old.as_ref(), draft, &role.name);
    let after = draft::together(cx, own)?;

    let (old_name, new_name) = (old.as_ref().map_or(role.name.as_str(), |old| old.name.as_str()), role.name.as_str());
    let change = Change { before, after, old: old_name, new: new_name, now: cx.now() };
    let roles = change.roles();
    let organization = &access.organization.id;
    let own = roles.keys().map(String::as_str).collect();
    let wanted = Wanted { organization, own, other: new_name, now: change.now, limit: LOOKED_AT };
    let found = holders::find(&mut conn, &wanted).await?;
    let looked_at = found.holders.len();
    let mut people = Vec::new();
    for holder in found.holders {
        let places = change.places(&roles, &holder, organization.as_str(), &found.teams)?;
        if !places.is_empty() {
            people.push(PersonChange { member: holder.member, places });
        }
    }
    let (changed, total) = (people.len(), found.total);
    people.truncate(TOLD);
    let unseen = total.saturating_sub(u64::try_from(looked_at).map_err(Error::broken)?);
    // The role itself first, and under its new name only once.
    let (it, heirs): (Vec<_>, Vec<_>) = roles.into_iter().partition(|(name, _)| name == old_name);
    let heirs = heirs.into_iter().filter(|(name, change)| name != new_name && !change.is_nothing());
    let roles = it.into_iter().chain(heirs).map(|(_, change)| change.view()).collect();
    Ok(RolePreview { roles, people, changed, unchanged: looked_at - changed, unseen })
}

/// The organization's own roles as they would be.
fn put(own: &mut Vec<RoleView>, old: Option<&RoleView>, draft: &Draft, name: &str) {
    let role = RoleView {
        id: None,
        name: name.to_owned(),
        patterns: draft.patterns.clone(),
        inherits: draft.inherits.clone(),
        created_at: None,
        updated_at: None,
    };
    if let Some(old) = old {
        own.retain(|one| one.name != old.name);
        own.iter_mut().for_each(|heir| draft::rename(&mut heir.inherits, &old.name, name));
    }
    own.push(role);
}

/// What a role gains and loses.
struct PatternChange {
    name: String,
    old_name: Option<String>,
    gains: Vec<Pattern>,
    losses: Vec<Pattern>,
}

impl PatternChange {
    fn is_nothing(&self) -> bool {
        self.gains.is_empty() && self.losses.is_empty()
    }

    fn view(self) -> RoleChange {
        let Self { name, old_name, gains, losses } = self;
        RoleChange { name, old_name, gains: texts(&gains), losses: texts(&losses) }
    }
}

fn texts(patterns: &[Pattern]) -> Vec<String> {
    patterns.iter().map(ToString::to_string).collect()
}

/// The roles before and after; one of them may get another name.
struct Change<'c> {
    before: Roles,
    after: Roles,
    old: &'c str,
    new: &'c str,
    now: Timestamp,
}

impl Change<'_> {
    /// A role's name afterwards.
    fn renamed<'n>(&'n self, name: &'n str) -> &'n str {
        if name == self.old { self.new } else { name }
    }

    /// What changes for the role and for whatever inherits from it before or afterwards, by the name before.
    fn roles(&self) -> BTreeMap<String, PatternChange> {
        let heirs = |roles: &Roles, name: &str| -> Vec<String> {
            let inherits = |heir: &&str| roles.heritage(heir).any(|one| one == name);
            roles.iter().map(|role| role.name.as_str()).filter(inherits).map(str::to_owned).collect()
        };
        let mut names: BTreeSet<String> = heirs(&self.before, self.old).into_iter().collect();
        // The new name is among them: whoever was left with a name that a role gets (again) has that role then.
        names.extend(heirs(&self.after, self.new));
        let change = |name: String| {
            let after = self.renamed(&name).to_owned();
            let gains = beyond(self.after.patterns(&after), || self.before.patterns(&name));
            let losses = beyond(self.before.patterns(&name), || self.after.patterns(&after));
            let old_name = (after != name).then(|| name.clone());
            (name, PatternChange { name: after, old_name, gains, losses })
        };
        names.into_iter().map(change).collect()
    }

    /// What changes for somebody, place by place. Each role that they hold is judged where and, if it hasn't begun, when it counts.
    fn places(
        &self,
        roles: &BTreeMap<String, PatternChange>,
        holder: &Holder,
        organization: &str,
        teams: &[(TeamId, String)],
    ) -> Result<Vec<PlaceChange>> {
        let (now, any) = (self.now.micros(), Permission::parse("any").map_err(Error::broken)?);
        let mut afterwards = holder.held.clone();
        afterwards.iter_mut().for_each(|one| one.role = self.renamed(&one.role).to_owned());
        let mut places: Vec<PlaceChange> = Vec::new();
        for one in holder.held.iter().filter(|one| !one.is_over(now)) {
            let Some(change) = roles.get(&one.role) else { continue };
            let from = one.from.filter(|_| one.is_future(now));
            let asked = Question { at: from.unwrap_or(now), ..here(one, &any, organization) };
            let lacks = |roles: &Roles, held: &[Assignment], pattern: &Pattern| {
                roles.held_until(held, &asked, pattern).is_none()
            };
            let gains = change.gains.iter().filter(|pattern| lacks(&self.before, &holder.held, pattern));
            let losses = change.losses.iter().filter(|pattern| lacks(&self.after, &afterwards, pattern));
            let (gains, losses): (Vec<_>, Vec<_>) = (gains.cloned().collect(), losses.cloned().collect());
            if gains.is_empty() && losses.is_empty() {
                continue;
            }
            let place = PlaceChange { from: from.map(Timestamp::from_micros), ..place(one, teams) };
            let is_there = |other: &&mut PlaceChange| {
                (&other.team, &other.resource, other.from) == (&place.team, &place.resource, place.from)
            };
            if places.iter_mut().find(is_there).is_none() {
                places.push(place.clone());
            }
            if let Some(there) = places.iter_mut().find(is_there) {
                add(&mut there.gains, &gains);
                add(&mut there.losses, &losses);
            }
        }
        Ok(places)
    }
}

/// Those of `wanted` that no pattern of `held` includes, each once.
fn beyond<'p, H: Iterator<Item = &'p Pattern>>(
    wanted: impl Iterator<Item = &'p Pattern>,
    held: impl Fn() -> H,
) -> Vec<Pattern> {
    let mut beyond: Vec<Pattern> = wanted.filter(|pattern| !held().any(|one| one.includes(pattern))).cloned().collect();
    beyond.sort();
    beyond.dedup();
    beyond
}

fn add(patterns: &mut Vec<String>, more: &[Pattern]) {
    patterns.extend(texts(more));
    patterns.sort();
    patterns.dedup();
}

/// The question whether something is allowed where an assignment counts.
fn here<'q>(one: &'q Assignment, permission: &'q Permission, organization: &'q str) -> Question<'q> {
    let asked = Question::new(permission, 0).within(organization);
    match &one.scope {
        Scope::Instance | Scope::Organization { .. } => asked,
        Scope::Team { team, .. } => asked.in_team(team),
        Scope::Resource { resource, id, .. } => asked.on(resource, id),
    }
}

fn place(one: &Assignment, teams: &[(TeamId, String)]) -> PlaceChange {
    let (team, resource) = match &one.scope {
        Scope::Instance | Scope::Organization { .. } => (None, None),
        Scope::Team { team, .. } => (held::name(teams, &TeamId::new(team)).or_else(|| Some(team.clone())), None),
        Scope::Resource { resource, id, .. } => (None, Some((resource.clone(), id.clone()))),
    };
    PlaceChange { team, resource, ..PlaceChange::default() }
}
