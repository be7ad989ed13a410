// Organizations as tests need them: made and filled over the API, so that a test begins where its subject does.
import assert from "node:assert/strict";
import { headed, member, person, press } from "./people.mjs";
import { authenticatorApp, owner, scan, show } from "./two-factor.mjs";

let count = 0;

/** A name that no other organization has. */
export function named(stem = "Analytical Engines") {
  count += 1;
  return `${stem} ${count}`;
}

async function answered(answer) {
  assert.equal(answer.status(), 200, await answer.text());
  return answer.json();
}

/** Posts to the organizations' API as whom the browser is signed in. */
export async function post(visit, path, data = {}) {
  return answered(await visit.context.request.post(`/api/auth/organization${path}`, { headers: { origin: visit.url }, data }));
}

/** Makes an organization for whom the browser is signed in; `path(rest)` is the address of its pages. */
export async function create(visit, name = named()) {
  // The end tells names apart.
  const address = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").slice(-48).replace(/^-/, "");
  const { id, slug, members } = await post(visit, "/create", { name, slug: address });
  return { id, slug, name, member: members[0].id, path: (rest = "") => `/organizations/${slug}${rest}` };
}

/** Somebody with a second factor, and the organization that they own. */
export async function founder(visit, name = named(), who = person()) {
  const ada = await owner(visit, who);
  return { ada, place: await create(visit, name) };
}

/** Brings somebody in, who gets a browser of their own: by an invitation of the founder's. Gives both, with the member's id. */
export async function joined(visit, place, { role = "member", teams = [], who = person("Grace Hopper"), strong = false, ...options } = {}) {
  const guest = await visit.another(options);
  const someone = strong ? await owner(guest, who) : await member(guest, who);
  const invited = await post(visit, "/invite-member", { email: someone.email, role, teamId: teams, organizationId: place.id });
  const { member: made } = await post(guest, "/accept-invitation", { invitationId: invited.id });
  return { guest, someone, id: made.id };
}

/** Makes a role of the organization's own: `{resource: [actions]}`. */
export const createRole = (visit, place, role, permission) => post(visit, "/create-role", { role, permission, organizationId: place.id });

/** Makes a team; gives its id. */
export const createTeam = async (visit, place, name) => (await post(visit, "/create-team", { name, organizationId: place.id })).id;

/** Where the session works. */
export async function active(visit) {
  const answer = await visit.context.request.get("/api/auth/get-session");
  return (await answer.json()).session.activeOrganizationId;
}

/** Sets up an authenticator app where an organization's door demands it, until it opens; gives the app. */
export async function throughTheDoor(visit, path) {
  const { page } = visit;
  await visit.at(/^\/two-factor\/required/);
  await page.getByRole("link", { name: "Set up an authenticator app" }).click();
  await visit.at(/^\/settings\/security\/authenticator/);
  const app = authenticatorApp(await scan(page));
  await show(visit, await app.code(), { button: "Turn on" });
  await visit.at(/^\/settings\/security\/backup-codes/);
  await press(page, "Show my backup codes");
  await page.getByRole("link", { name: "I have saved them" }).click();
  await visit.at(path);
  return app;
}

/** The row of a list that speaks of something. */
export const row = (page, list, text) => page.getByRole("list", { name: list, exact: true }).getByRole("listitem").filter({ hasText: text });

/** The box of a role: its label goes on with what the role gives. */
export const box = (scope, role) => scope.getByRole("checkbox", { name: new RegExp(`^${role}(\\s|$)`) });

/** Types addresses into the form that invites, and sends it. */
export async function invite(visit, place, addresses, { roles = [], teams = [] } = {}) {
  const { page } = visit;
  await visit.open(place.path("/invitations"));
  await page.getByLabel("E-mail addresses").fill(addresses);
  for (const role of roles) await box(page.getByRole("group", { name: "Roles" }), role).check();
  for (const team of teams) await page.getByRole("group", { name: "Teams" }).getByLabel(team, { exact: true }).check();
  await press(page, "Send invitations");
}

/** Waits for the page that tells of an invitation to this organization. */
export async function offered(page, name) {
  await headed(page, "You are invited");
  await page.getByRole("main").getByText(name).first().waitFor();
}

/** Asks on the page "Check access" whether somebody may do something; gives the answer's first line. */
export async function check(visit, place, permission, who) {
  const { page } = visit;
  await visit.open(place.path("/explain"));
  if (who) await page.getByLabel("Who", { exact: true }).fill(who);
  await page.getByLabel("May do what").fill(permission);
  await press(page, "Check");
  const answer = page.locator("#answer [role=status]");
  await answer.waitFor();
  return (await answer.innerText()).split("\n")[0].trim();
}

/** Fills an organization with people who never sign in: straight into the database, as sixty sign-ups take a minute. */
export async function crowd(database, place, people) {
  const quoted = (text) => `'${text.replaceAll("'", "''")}'`;
  const rows = people.map(({ name, role }, at) => `(${at}, ${quoted(name)}, ${quoted(role)})`).join(", ");
  await database.run(`
    WITH person (at, name, roles) AS (VALUES ${rows}),
    made AS (
      INSERT INTO users (id, name, email, email_verified, role, created_at, updated_at)
      SELECT ${quoted(place.slug)} || at, name, 'person.' || at || '@' || ${quoted(place.slug)} || '.example', true, 'user', now(), now() FROM person
    )
    INSERT INTO members (id, organization_id, user_id, roles, created_at)
    SELECT ${quoted(`m-${place.slug}-`)} || at, ${quoted(place.id)}, ${quoted(place.slug)} || at, roles, now() - at * interval '9 days' FROM person`);
}
