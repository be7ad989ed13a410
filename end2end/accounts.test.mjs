// Several accounts in one browser, and what a page says when its session ends.
import assert from "node:assert/strict";
import { test } from "node:test";
import { choose, comeBack, headed, join, member, menu, person, press, says, signIn, whoami } from "./support/people.mjs";
import { hasPostgres, postgres } from "./support/database.mjs";
import { startWorld } from "./support/world.mjs";

const { both, journey } = await startWorld();
// Where the clock can be moved.
const clock = hasPostgres ? await startWorld({ database: await postgres() }) : undefined;
if (!clock) test("What depends on the clock", { skip: "TEST_DATABASE_URL names no server" });

both("Accounts are added, switched between, and signed out of one by one or all at once", async (visit) => {
  const { page } = visit;
  const ada = await member(visit, person("Ada Lovelace"));
  const elsewhere = await visit.another();
  const grace = await member(elsewhere, person("Grace Brewster Hopper"));
  const radia = await member(elsewhere, person("Radia Perlman"));

  for (const one of [grace, radia]) {
    await visit.open("/");
    await menu(page);
    await page.getByRole("link", { name: "Add another account" }).click();
    await visit.at("/sign-in");
    await page.getByRole("button", { name: new RegExp(`^${ada.name}`) }).waitFor();
    await signIn(visit, one, "/sign-in?add=1");
    await visit.at("/");
    assert.equal((await whoami(visit)).email, one.email);
  }

  await menu(page);
  await page.getByRole("button", { name: new RegExp(`^${ada.name}`) }).click();
  await visit.at("/");
  await says(page, `You are Ada Lovelace (${ada.email}) now.`);
  assert.equal((await whoami(visit)).email, ada.email);

  await menu(page);
  await press(page.locator("#account-menu"), "Sign out");
  await visit.at("/");
  await says(page, `That account is signed out. You are Radia Perlman (${radia.email}) now.`);

  await menu(page);
  await press(page, "Sign out of all accounts");
  await visit.at("/");
  await says(page, "You are signed out of all accounts.");
  assert.equal(await whoami(visit), undefined);
  await visit.open("/sign-in");
  assert.equal(await page.getByRole("button", { name: /Hopper/ }).count(), 0);
  assert.equal((await whoami(elsewhere)).email, radia.email, "other browsers stay signed in");
});

journey("A page that was left open says that its session ended, and leads back", { script: true }, async (visit) => {
  const { page, context } = visit;
  const ada = await member(visit);
  await visit.open("/settings/data");
  const gone = page.getByText("You’ve been signed out");
  assert.equal(await gone.isVisible(), false);
  const looked = page.waitForResponse(/\/session\/standing/);
  await comeBack(page);
  await (await looked).finished();
  assert.equal(await gone.isVisible(), false, "all is well");

  await context.request.post("/sign-out", { headers: { origin: visit.url }, form: {}, maxRedirects: 0 });
  await comeBack(page);
  await gone.waitFor();
  await page.locator("[data-standing=gone]").getByRole("link", { name: "Sign in" }).click();
  await visit.at(/^\/sign-in/);
  await page.getByLabel("E-mail").fill(ada.email);
  await page.getByLabel("Password", { exact: true }).fill(ada.password);
  await press(page, "Sign in");
  await visit.at("/settings/data");
});

journey("A page of one account says that another is active, and is loaded again as theirs", { script: true }, async (visit) => {
  const { page } = visit;
  await member(visit, person("Ada Lovelace"));
  await visit.open("/settings/data");
  await join(visit, person("Grace Brewster Hopper"));
  await comeBack(page);
  await page.getByText("you are Grace Brewster Hopper now").waitFor();
  await page.getByRole("link", { name: "Load this page again" }).click();
  await page.getByRole("button", { name: "Account of Grace Brewster Hopper" }).waitFor();
});

both("A form of a page of one account isn't carried out for another, and is good again after switching back", async (visit) => {
  const { page, context } = visit;
  const ada = await member(visit, person("Ada Lovelace"), { welcome: true });
  await visit.open("/profile");
  await page.getByLabel("Display name").fill("Countess");
  const second = await context.newPage();
  await second.goto("/onboarding/experience");
  const grace = await join(visit, person("Grace Brewster Hopper"));

  // One form is posted as it is, the other is an island's: the same page comes.
  await choose(second, "3 to 5 years");
  await press(second, "Continue");
  await press(page, "Save profile");
  for (const one of [page, second]) {
    await headed(one, "You switched to another account");
    await one.getByText(`You are Grace Brewster Hopper (${grace.email}) now, so nothing was changed.`).waitFor();
  }
  await second.getByRole("link", { name: "Go on as Grace Brewster Hopper" }).click();
  await second.waitForURL("**/onboarding/experience");
  assert.equal(await second.getByRole("radio", { checked: true }).count(), 0, "Grace has answered nothing");
  assert.equal((await whoami(visit)).name, grace.name);

  await press(page, "Switch back to Ada Lovelace");
  await visit.at("/profile");
  await says(page, `You are Ada Lovelace (${ada.email}) now.`);
  await page.getByLabel("Display name").fill("Countess");
  await press(page, "Save profile");
  await page.getByRole("button", { name: "Account of Countess" }).waitFor();
});

clock?.both("Before a session ends its pages say so, and who confirms stays", async (visit) => {
  const { page, script, database } = visit;
  const ada = await member(visit);
  const warning = page.getByText("You’ll be signed out in 3 hours");
  if (script) {
    // Left open, it learns of it on coming back.
    await visit.open("/settings/data");
    await database.ending();
    await database.age();
    await comeBack(page);
    await warning.waitFor();
  } else {
    await database.ending();
    await database.age();
    await visit.open("/settings/data");
  }
  assert.ok(await warning.isVisible());
  await page.getByRole("link", { name: "Stay signed in" }).click();
  await visit.at(/^\/confirm-access/);
  await page.getByLabel("Password", { exact: true }).fill(ada.password);
  await press(page, "Confirm");
  await visit.at("/settings/data");
  assert.equal(await warning.isVisible(), false);
});
