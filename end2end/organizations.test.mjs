// Organizations: founded, filled and left by several people in browsers of their own; what changes for one is seen by the other at the next request.
import assert from "node:assert/strict";
import { test } from "node:test";
import { hasPostgres, postgres } from "./support/database.mjs";
import { active, box, check, create, createRole, createTeam, founder, invite, joined, named, offered, row, throughTheDoor } from "./support/organizations.mjs";
import { fillSignUp, headed, member, person, press, refusedAt, says, signIn, signOut } from "./support/people.mjs";
import { show } from "./support/two-factor.mjs";
import { startWorld } from "./support/world.mjs";

const { both, journey } = await startWorld();
// Where the clock can be moved.
const database = hasPostgres ? await postgres() : undefined;
const server = hasPostgres ? await startWorld({ database }) : undefined;
if (!server) test("Roles for a time", { skip: "TEST_DATABASE_URL names no server" });

/** The pages that the list at the side leads to. */
const beside = (page, place) => page.getByRole("navigation", { name: place.name }).getByRole("link").filter({ visible: true });

/** Opens a page that isn't for this member: they are told, by a status and by words. */
async function forbidden(visit, path) {
  const response = await visit.open(path);
  assert.equal(response.status(), 403, path);
  await visit.page.getByText("You aren’t allowed to do this here").waitFor();
}

/** Presses Tab until the element has the focus. */
async function tabTo(page, locator) {
  for (let presses = 0; presses < 60; presses++) {
    if (await locator.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`no Tab leads to ${locator}`);
}

/** Ticks exactly these roles on the page of a member, and saves. */
async function setRoles(visit, place, id, roles) {
  const { page } = visit;
  await visit.open(place.path(`/members/${id}`));
  const boxes = page.getByRole("group", { name: "Roles", exact: true }).getByRole("checkbox");
  for (const box of await boxes.all()) await box.setChecked(roles.includes(await box.inputValue()));
  await press(page, "Save roles");
  await says(page, "The roles are saved.");
}

both("One founds an organization and invites; the other signs up on the way in, and does what the role allows", async (visit) => {
  const { page, mail, script } = visit;
  await member(visit);
  const name = named();
  const slug = name.toLowerCase().replaceAll(" ", "-");
  const place = { name, slug, path: (rest = "") => `/organizations/${slug}${rest}` };
  await visit.open("/organizations");
  await page.getByText("You are in no organization yet").waitFor();
  await page.getByRole("link", { name: "Create organization" }).filter({ visible: true }).first().click();
  await visit.at("/organizations/new");
  await page.getByLabel("Name", { exact: true }).pressSequentially(name);
  assert.equal(await page.getByLabel("Web address").inputValue(), script ? slug : "", "with script, the address follows the name");
  await press(page, "Create organization");

  // Owners must have a second factor: the door asks for it, and then leads to where they were going.
  await throughTheDoor(visit, place.path());
  await page.getByRole("button", { name: `Organization: ${name}. Switch` }).waitFor();
  await page.getByText("You are alone here so far.").waitFor();

  await page.getByRole("link", { name: /Make a team/ }).click();
  await page.getByLabel("Name", { exact: true }).fill("Blue");
  await press(page, "Make team");
  await says(page, "The team is there.");
  await headed(page, "Blue");

  const grace = person("Grace Hopper");
  await invite(visit, place, grace.email, { teams: ["Blue"] });
  await says(page, "The invitation is on its way.");
  await row(page, "Invitations", grace.email).getByText("Member · in Blue").waitFor();

  // The other one has no account yet.
  const guest = await visit.another();
  const letter = await mail.next(grace.email, "You are invited");
  assert.ok(letter.subject.includes(name) && letter.text.includes("Ada Lovelace"), letter.text);
  const link = letter.text.split(/\s+/).find((word) => word.includes("/invitations/"));
  await guest.open(link);
  await headed(guest.page, "You are invited");
  assert.ok(!(await guest.page.locator("main").innerText()).includes(name), "who isn't known to be the recipient reads nothing of it");
  await guest.page.getByRole("link", { name: "Create account" }).click();
  await guest.at(/^\/sign-up/);
  await fillSignUp(guest, grace);
  await guest.at(/^\/check-mail/);
  await guest.open(await mail.link(grace.email, "verify-email"));
  await offered(guest.page, name);
  for (const part of ["Ada Lovelace", "Member", "Blue", grace.email]) await guest.page.getByRole("main").getByText(part).first().waitFor();
  await press(guest.page, "Accept");
  await guest.at(place.path());
  await says(guest.page, "You joined the organization.");
  await headed(guest.page, "Overview");
  assert.deepEqual(await beside(guest.page, place).allInnerTexts(), ["Overview", "Members", "Teams", "Roles", "Check access", "Settings"]);
  await guest.open(link);
  await headed(guest.page, "This invitation doesn’t work any more");
  await forbidden(guest, place.path("/invitations"));
  await guest.open(place.path("/settings"));
  assert.equal(await guest.page.getByLabel("Name", { exact: true }).count(), 0, "they look, and don't change");
  await guest.open(place.path("/members"));
  await row(guest.page, "Members", grace.email).getByText("You", { exact: true }).waitFor();

  // Another role: the next request knows.
  await visit.open(place.path("/members"));
  await page.getByRole("link", { name: "Grace Hopper" }).click();
  await headed(page, "Grace Hopper");
  await box(page, "Admin").check();
  await press(page, "Save roles");
  await says(page, "The roles are saved. They count at once.");
  await guest.open(place.path("/invitations"));
  await throughTheDoor(guest, place.path("/invitations"));
  await headed(guest.page, "Invitations");
  await guest.page.getByLabel("E-mail addresses").waitFor();
  await box(page, "Admin").uncheck();
  await press(page, "Save roles");
  await says(page, "The roles are saved.");
  await guest.page.getByLabel("E-mail addresses").fill("mallory@example.org");
  await press(guest.page, "Send invitations");
  await guest.page.getByText("You aren’t allowed to do this here").waitFor();
  await forbidden(guest, place.path("/invitations"));

  // And out.
  await visit.open(page.url());
  await page.getByRole("link", { name: "Remove Grace Hopper" }).click();
  await headed(page, "Remove Grace Hopper?");
  await press(page, "Remove");
  await says(page, "removed");
  const gone = await guest.open(place.path());
  assert.equal(gone.status(), 404);
  await guest.page.getByText("There is no such organization, or you aren’t in it.").waitFor();
});

both("A mailed invitation is for one address: another account is told so, and the right one may decline", async (visit) => {
  const { page, mail } = visit;
  const { place } = await founder(visit);
  const grace = person("Grace Hopper");
  await invite(visit, place, `${grace.email}\nnot an address`);
  assert.match(await refusedAt(page, "E-mail addresses"), /not: /);
  await page.getByText(`Sent to ${grace.email}.`).waitFor();
  assert.match(await page.getByLabel("E-mail addresses").inputValue(), /^not\s+an\s+address$/, "who got no mail stands there again");
  const link = await mail.link(grace.email, "/invitations/");

  const guest = await visit.another();
  const mallory = await member(guest, person("Mallory"));
  await guest.open(link);
  await headed(guest.page, "This invitation is for another address");
  await guest.page.getByText(mallory.email).first().waitFor();
  const text = await guest.page.locator("main").innerText();
  assert.ok(!text.includes(grace.email) && !text.includes(place.name), "nothing is told to who isn't meant");
  await press(guest.page, "Sign out and go on");
  await headed(guest.page, "You are invited");

  const other = await visit.another();
  await member(other, grace);
  await other.context.clearCookies();
  await other.open(link);
  await other.page.getByRole("main").getByRole("link", { name: "Sign in" }).click();
  await other.page.getByLabel("E-mail").fill(grace.email);
  await other.page.getByLabel("Password", { exact: true }).fill(grace.password);
  await press(other.page, "Sign in");
  await offered(other.page, place.name);
  await press(other.page, "Decline");
  await other.at("/organizations");
  await says(other.page, "You declined the invitation.");
  await other.open(link);
  await headed(other.page, "This invitation doesn’t work any more");

  await visit.open(place.path("/invitations"));
  await row(page, "Invitations", grace.email).getByText("Declined").waitFor();

  // Asked again, taken back, asked once more: only the last one is there, in the list of one's organizations too.
  await invite(visit, place, grace.email);
  await says(page, "The invitation is on its way.");
  const second = await mail.link(grace.email, "/invitations/");
  await page.getByRole("button", { name: `Cancel the invitation of ${grace.email}` }).click();
  await says(page, "The invitation is taken back.");
  await other.open(second);
  await headed(other.page, "This invitation doesn’t work any more");
  await invite(visit, place, grace.email);
  await says(page, "The invitation is on its way.");
  await page.getByRole("button", { name: `Send again to ${grace.email}` }).click();
  await says(page, "The invitation is on its way again");
  await other.open("/organizations");
  await other.page.getByRole("button", { name: `Accept the invitation to ${place.name}` }).click();
  await other.at(place.path());
});

both("A link lets in one person, whoever uses it first", async (visit) => {
  const { page } = visit;
  const { place } = await founder(visit);
  await visit.open(place.path("/invitations"));
  await press(page, "Make a link");
  await headed(page, "Invitations");
  const link = (await page.locator("#link").innerText()).trim();
  assert.match(link, /\/invitations\/link\/\S{20,}$/);
  await page.getByRole("link", { name: "Done" }).click();
  await row(page, "Invitations", "Link").getByText("Open").waitFor();
  assert.ok(!(await page.content()).includes(link), "it is shown once");

  const third = await visit.another();
  const fourth = await visit.another();
  await third.open(link);
  await offered(third.page, place.name);
  await member(third, person("Charles Babbage"));
  await member(fourth, person("Mallory"));
  for (const guest of [third, fourth]) {
    await guest.open(link);
    await offered(guest.page, place.name);
  }
  await press(third.page, "Accept");
  await third.at(place.path());
  await press(fourth.page, "Accept");
  await headed(fourth.page, "This invitation doesn’t work any more");
  await fourth.open(link);
  await headed(fourth.page, "This invitation doesn’t work any more");
  assert.equal((await fourth.open(place.path())).status(), 404);
  await visit.open(place.path("/invitations"));
  await row(page, "Invitations", "Link").getByText("Accepted").waitFor();
});

/** A moment as the field for it takes it, so many hours from now. */
const inHours = (hours) => new Date(Date.now() + hours * 3_600_000).toISOString().slice(0, 16);

server?.both("A role for a time begins and stops at its minute", async (visit) => {
  const { page } = visit;
  const { place } = await founder(visit);
  await createRole(visit, place, "door-keeper", { invitation: ["create", "cancel"] });
  const { guest, someone, id } = await joined(visit, place);
  const why = (visit) => visit.page.locator("#answer [role=status]");

  await visit.open(place.path(`/members/${id}`));
  await page.getByLabel("Role", { exact: true }).selectOption("door-keeper");
  await page.getByLabel("From", { exact: true }).fill(inHours(3));
  await page.getByLabel("Until", { exact: true }).fill(inHours(1));
  await press(page, "Give role");
  assert.match(await refusedAt(page, "Until"), /later than the beginning/);
  await page.getByLabel("From", { exact: true }).fill(inHours(1));
  await page.getByLabel("Until", { exact: true }).fill(inHours(3));
  await press(page, "Give role");
  await says(page, "The role is given.");
  const given = row(page, "Roles with a limit", "Door-keeper");
  await given.getByText("Not yet", { exact: true }).waitFor();
  await forbidden(guest, place.path("/invitations"));
  assert.equal(await check(visit, place, "invitation:create", someone.email), "No, not yet.");

  await database.pass("61 minutes");
  await guest.open(place.path("/invitations"));
  await guest.page.getByLabel("E-mail addresses").waitFor();
  await visit.open(place.path(`/members/${id}`));
  await given.getByText("Now", { exact: true }).waitFor();
  assert.equal(await check(visit, place, "invitation:create", someone.email), "Yes.");

  // A minute before it is over …
  await database.pass("117 minutes");
  await guest.open(place.path("/invitations"));
  await guest.page.getByLabel("E-mail addresses").fill("late@example.org");
  // … and after: what lies open is refused as well.
  await database.pass("2 minutes");
  await press(guest.page, "Send invitations");
  await guest.page.getByText("You aren’t allowed to do this here").waitFor();
  await forbidden(guest, place.path("/invitations"));
  assert.equal(await check(guest, place, "invitation:create"), "No, not any more.");
  assert.match(await why(guest).innerText(), /You were door-keeper here, until /);
  assert.equal(await check(visit, place, "invitation:create", someone.email), "No, not any more.");
  await page.getByRole("list", { name: "The chain" }).getByText("over").waitFor();
  await page.getByRole("listitem").filter({ hasText: "Door-keeper" }).getByText("Over", { exact: true }).waitFor();
  await visit.open(place.path(`/members/${id}`));
  await given.getByText("Over", { exact: true }).waitFor();
});

both("A role of one's own: made in the editor, looked at before it is saved, given, and it works", async (visit) => {
  const { page } = visit;
  const { place } = await founder(visit);
  const { someone, id } = await joined(visit, place);
  const changes = page.locator("#changes");
  const permissions = page.getByLabel("Permissions", { exact: true });

  await visit.open(place.path("/roles"));
  await page.getByRole("link", { name: "New role" }).click();
  await visit.at(place.path("/roles/new"));
  await page.getByLabel("Name", { exact: true }).fill("auditor");
  await page.getByLabel("Add a permission").fill("reports:*");
  await press(page, "Add");
  await visit.settled();
  assert.equal((await permissions.inputValue()).trim(), "reports:*");
  await permissions.fill("reports:*\nnot a permission!");
  await press(page, "See what changes");
  await refusedAt(page, "Permissions");
  await permissions.fill("reports:*");
  assert.equal(await page.getByRole("button", { name: "Save", exact: true }).count(), 0, "first it is looked at");
  await press(page, "See what changes");
  await changes.getByText("Gains").waitFor();
  await changes.getByText("reports:*").waitFor();
  await changes.getByText("Nobody has it yet.").waitFor();
  await press(page, "Save");
  await says(page, "The role is there.");
  await visit.at(place.path("/roles/auditor"));

  assert.equal(await check(visit, place, "reports:read", someone.email), "No.");
  await setRoles(visit, place, id, ["member", "auditor"]);
  assert.equal(await check(visit, place, "reports:read", someone.email), "Yes.");

  // What a change gives and takes, and from whom.
  await visit.open(place.path("/roles/auditor"));
  await row(page, "Who has it", someone.name).waitFor();
  await permissions.fill("data:read");
  await press(page, "See what changes");
  const theirs = changes.getByRole("list", { name: "People for whom something changes" }).getByRole("listitem").filter({ hasText: someone.email });
  await theirs.getByText("Gets").waitFor();
  assert.match(await theirs.innerText(), /Gets\s+data:read\s+Loses\s+reports:\*/);
  assert.equal(await check(visit, place, "reports:read", someone.email), "Yes.", "looking changes nothing");
  await visit.open(place.path("/roles/auditor"));
  await permissions.fill("data:read");
  await press(page, "See what changes");
  await press(page, "Save");
  await says(page, "The role is saved. It counts at once.");
  assert.equal(await check(visit, place, "reports:read", someone.email), "No.");
  assert.equal(await check(visit, place, "data:read", someone.email), "Yes.");

  // A circle is refused, and named.
  await visit.open(place.path("/roles/new"));
  await page.getByLabel("Name", { exact: true }).fill("lead");
  await box(page.getByRole("group", { name: "It also has everything of" }), "Auditor").check();
  await press(page, "See what changes");
  await press(page, "Save");
  await says(page, "The role is there.");
  await visit.open(place.path("/roles/auditor"));
  await box(page.getByRole("group", { name: "It also has everything of" }), "Lead").check();
  await press(page, "See what changes");
  await page.getByText(/These would inherit in a circle: (auditor → lead → auditor|lead → auditor → lead)/).waitFor();
  await visit.open(place.path("/roles"));
  const picture = page.getByRole("img", { name: /The roles and what they inherit from/ });
  await picture.waitFor();
  assert.match(await picture.innerHTML(), />Lead</);
  await page.getByText("As a list").click();
  await page.locator("details").getByRole("link", { name: "Lead" }).waitFor();
});

both("Nobody gives what they don't hold", async (visit) => {
  const { place } = await founder(visit);
  await createRole(visit, place, "people-manager", { ac: ["create", "read", "update"], invitation: ["create"], member: ["create", "update"] });
  const { guest, id: own } = await joined(visit, place, { role: "people-manager" });
  const { id } = await joined(visit, place, { who: person("Charles Babbage") });
  const { page } = guest;

  await guest.open(place.path("/roles/new"));
  await page.getByLabel("Name", { exact: true }).fill("treasurer");
  await page.getByLabel("Permissions", { exact: true }).fill("billing:*");
  await press(page, "See what changes");
  assert.match(await refusedAt(page, "Permissions"), /You can only give what you have\. You don’t have: billing:\*/);
  await page.getByLabel("Permissions", { exact: true }).fill("invitation:create");
  await press(page, "See what changes");
  await press(page, "Save");
  await says(page, "The role is there.");

  // Whoever may invite lets in plain members; anything more they must have.
  await guest.open(place.path("/invitations"));
  const roles = page.getByRole("group", { name: "Roles", exact: true });
  for (const [role, may] of Object.entries({ Owner: false, Admin: false, Member: true, "People-manager": true, Treasurer: true })) {
    assert.equal(await box(roles, role).isEnabled(), may, role);
  }
  for (const member of [id, own]) {
    await guest.open(place.path(`/members/${member}`));
    assert.equal(await box(roles, "Admin").isEnabled(), false);
  }
  // The page isn't what keeps them from it.
  const forms = {
    [place.path(`/members/${own}`)]: { act: "roles", roles: "admin" },
    [place.path(`/members/${id}`)]: { act: "assign", role: "admin", where: "" },
    [place.path("/invitations")]: { act: "mail", addresses: person().email, role: "owner" },
    [place.path("/roles/new")]: { act: "save", name: "mine", patterns: "org:delete" },
  };
  for (const [path, form] of Object.entries(forms)) {
    const answer = await guest.context.request.post(path, { headers: { origin: guest.url }, form, maxRedirects: 0 });
    assert.equal(answer.status(), 403, path);
    assert.match(await answer.text(), /You can only give what you have|Only an owner|aren’t allowed/, path);
  }
  assert.equal(await check(guest, place, "billing:read"), "No.");
});

both("The switcher is used by keyboard, and the next sign-in goes on where one worked", async (visit) => {
  const { page } = visit;
  const { ada, place: first } = await founder(visit);
  const second = await create(visit);
  assert.equal(await active(visit), second.id);
  await visit.open("/profile");
  const button = page.getByRole("button", { name: `Organization: ${second.name}. Switch` });
  const menu = page.getByRole("navigation", { name: "Organizations" });
  await tabTo(page, button);
  await page.keyboard.press("Enter");
  await menu.waitFor();
  await page.keyboard.press("Escape");
  await menu.waitFor({ state: "hidden" });
  assert.ok(await button.evaluate((element) => element === document.activeElement));
  await page.keyboard.press("Space");
  await tabTo(page, menu.getByRole("button", { name: first.name }));
  await page.keyboard.press("Enter");
  await visit.at(first.path());
  await says(page, "You work here from now on.");
  assert.equal(await active(visit), first.id);

  await signOut(visit);
  await signIn(visit, ada);
  await visit.at("/two-factor");
  await show(visit, await ada.app.code());
  await visit.at("/");
  await page.getByRole("button", { name: `Organization: ${first.name}. Switch` }).waitFor();
  assert.equal(await active(visit), first.id);

  await visit.open("/organizations");
  await page.getByRole("button", { name: `Work here: ${second.name}` }).click();
  await visit.at(second.path());
  assert.equal(await active(visit), second.id);
});

both("The last owner hands the organization over before leaving, and deletes it by typing its name", async (visit) => {
  const { page, script } = visit;
  const { place } = await founder(visit);
  const { guest, someone } = await joined(visit, place, { strong: true });

  await visit.open(place.path("/settings"));
  await page.getByText("You are the only owner. Hand it over first").waitFor();
  await visit.open(place.path("/leave"));
  await headed(page, "You can’t leave yet");
  await page.getByRole("link", { name: "Hand it over" }).click();
  await headed(page, "Hand it over to whom?");
  await page.getByRole("textbox").fill("nobody@example.org");
  await page.getByRole("main").getByRole("button").first().click();
  await page.getByText("No member here has this address.").waitFor();
  await page.getByRole("textbox").fill(someone.email);
  await page.getByRole("main").getByRole("button").first().click();
  await headed(page, `Hand ${place.name} over to ${someone.name}?`);
  await page.getByLabel(`Type “${place.name}”`).fill("something else");
  await press(page, "Hand it over");
  await refusedAt(page, `Type “${place.name}”`);
  await page.getByLabel(`Type “${place.name}”`).fill(place.name);
  await press(page, "Hand it over");
  await visit.at(place.path());
  await says(page, "The organization is handed over.");
  await visit.open(place.path("/settings"));
  assert.equal(await page.getByRole("heading", { name: "Hand it over" }).count(), 0);
  assert.equal((await visit.open(place.path("/transfer"))).status(), 403);

  // Now the former owner may leave.
  await visit.open(place.path("/settings"));
  await page.getByRole("link", { name: "Leave the organization" }).click();
  await (script ? page.getByRole("dialog") : page.getByRole("main")).getByRole("button", { name: "Leave", exact: true }).click();
  await visit.at("/organizations");
  await says(page, "You left the organization.");
  assert.equal((await visit.open(place.path())).status(), 404);

  await guest.open(place.path("/settings"));
  await guest.page.getByRole("link", { name: "Delete the organization" }).click();
  const asked = script ? guest.page.getByRole("dialog") : guest.page.getByRole("main");
  await asked.getByLabel(`Type “${place.name}”`).fill(place.name.toUpperCase());
  await asked.getByRole("button", { name: "Delete the organization" }).click();
  await guest.at(place.path("/delete"));
  await refusedAt(guest.page, `Type “${place.name}”`);
  await guest.page.getByLabel(`Type “${place.name}”`).fill(place.name);
  await press(guest.page, "Delete the organization");
  await guest.at("/organizations");
  await says(guest.page, "The organization and everything in it are deleted.");
  assert.equal((await guest.open(place.path())).status(), 404);
});

both("Teams: made, filled, with roles that count only there, and deleted", async (visit) => {
  const { page } = visit;
  const { place } = await founder(visit);
  await createRole(visit, place, "reporter", { reports: ["read"] });
  const { guest, someone } = await joined(visit, place);
  await visit.open(place.path("/teams"));
  await page.getByLabel("Name", { exact: true }).fill("Blue");
  await press(page, "Make team");
  await headed(page, "Blue");
  await page.getByText("Nobody is in it yet").waitFor();
  await page.getByRole("link", { name: "Add members" }).click();
  await page.getByLabel("Name or address").fill(someone.email);
  await press(page, "Search");
  await page.getByRole("button", { name: `Add ${someone.name}` }).click();
  await says(page, "Put into the team.");
  await page.getByText("In the team").waitFor();
  await page.getByRole("link", { name: "Blue" }).click();
  await headed(page, "Blue");
  await page.getByRole("link", { name: someone.name }).click();
  await headed(page, `${someone.name} in Blue`);
  await box(page, "Reporter").check();
  await press(page, "Save roles");
  await says(page, "The roles in the team are saved.");

  assert.equal(await check(guest, place, "reports:read"), "No, not there.");
  await guest.page.getByLabel("Where", { exact: true }).selectOption({ label: "The team Blue" });
  await press(guest.page, "Check");
  await guest.page.locator("#answer").getByText("Yes.", { exact: true }).waitFor();
  await guest.open(place.path("/teams"));
  await guest.page.getByRole("link", { name: "Blue" }).click();
  await press(guest.page, "Work in this team");
  await says(guest.page, "You work in this team from now on.");

  await visit.open(place.path("/teams"));
  await page.getByRole("link", { name: "Blue" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Red");
  await press(page, "Rename");
  await says(page, "The team is renamed.");
  await page.getByRole("link", { name: "Delete the team" }).click();
  await headed(page, "Delete the team Red?");
  await press(page, "Delete the team");
  await says(page, "The team is deleted.");
  assert.equal(await page.getByRole("link", { name: "Red" }).count(), 0);
  await guest.open(place.path());
  await headed(guest.page, "Overview");
});

journey("A stranger learns nothing, not even whether there is such an organization", { script: true }, async (visit) => {
  const { place } = await founder(visit);
  const team = await createTeam(visit, place, "Blue");
  const stranger = await visit.another();
  const { place: theirs } = await founder(stranger);
  const told = [];
  for (const path of [place.path(), "/organizations/there-is-none", place.path("/settings"), place.path(`/teams/${team}`)]) {
    const response = await stranger.open(path);
    told.push([response.status(), await stranger.page.locator("main").innerText()]);
  }
  assert.equal(new Set(told.map(String)).size, 1);
  assert.equal(told[0][0], 404);
  const response = await stranger.open(theirs.path(`/teams/${team}`));
  assert.equal(response.status(), 404, "an id of elsewhere is no id here");
});
