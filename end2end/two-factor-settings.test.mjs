// Second steps in the settings: set up, replaced, turned off, what the security page tells of them, and what happens where they are asked for.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { hasPostgres, postgres } from "./support/database.mjs";
import { headed, member, press, refusedAt, says, signIn, signOut, whoami } from "./support/people.mjs";
import { authenticator } from "./support/passkeys.mjs";
import { addNumber, authenticatorApp, owner, phone, scan, show, useUp } from "./support/two-factor.mjs";
import { startWorld } from "./support/world.mjs";

const { both, journey } = await startWorld();
const strict = await startWorld({ env: { LATCHKEY_TWO_FACTOR__REQUIRED: "everyone" } });
// Where the clock can be moved.
const database = hasPostgres ? await postgres() : undefined;
const server = hasPostgres ? await startWorld({ database }) : undefined;
if (!server) test("What depends on the clock", { skip: "TEST_DATABASE_URL names no server" });

const SECURITY = "/settings/security";
const typed = (page) => page.locator("#secret").innerText();

/** The app of somebody who scans the picture. */
async function scanned(page) {
  return authenticatorApp(await scan(page));
}

/** The codes on the page, after the button that shows them. */
async function backupCodes(page) {
  await press(page, "Show my backup codes");
  await headed(page, "Your backup codes");
  const codes = await page.getByRole("list", { name: "Backup codes" }).getByRole("listitem").allInnerTexts();
  assert.equal(new Set(codes).size, 10);
  for (const code of codes) assert.match(code, /^[A-Za-z0-9]{5}-[A-Za-z0-9]{5}$/);
  return codes;
}

/** What the overview says of a protection. */
const told = (page, name) => page.locator("section", { has: page.getByRole("heading", { name: "How safe your account is" }) }).getByRole("listitem").filter({ hasText: name });

both("An authenticator app is set up from the picture, and ten backup codes are shown once", async (visit) => {
  const { page, script, mail } = visit;
  const ada = await member(visit);
  await visit.open(SECURITY);
  await page.getByRole("link", { name: "Set up an authenticator app" }).last().click();
  await visit.at("/settings/security/authenticator");
  const app = await scanned(page);
  assert.equal(app.issuer, "Latchkey");
  assert.equal(app.label, `Latchkey:${ada.email}`);
  const key = await typed(page);
  assert.match(key, /^[A-Z2-7]{4}( [A-Z2-7]{4}){7}$/, "in groups of four");
  assert.equal(key.replaceAll(" ", ""), app.secret, "who types gets what who scans gets");
  assert.equal(authenticatorApp(await page.getByRole("link", { name: "Open the app on this device" }).getAttribute("href")).secret, app.secret);
  if (script) {
    await visit.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await press(page, "Copy key");
    await page.getByRole("button", { name: "Copied" }).waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), app.secret);
  }

  await show(visit, app.wrong(), { button: "Turn on" });
  assert.match(await refusedAt(page, "Code"), /isn’t the code/);
  assert.equal(await typed(page), key, "nobody scans twice for a slip");
  assert.equal((await scanned(page)).secret, app.secret);
  await show(visit, await app.code(), { button: "Turn on" });
  await visit.at("/settings/security/backup-codes");
  await says(page, "Your authenticator app is set up.");
  await mail.next(ada.email, "Codes from an authenticator app turned on");

  const codes = await backupCodes(page);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download" }).click()]);
  assert.equal(download.suggestedFilename(), "backup-codes.txt");
  const file = await readFile(await download.path(), "utf8");
  for (const part of [...codes, ada.email, "Latchkey"]) assert.ok(file.includes(part), part);
  const tools = page.getByRole("button", { name: /^(Copy all|Print)$/ });
  assert.equal(await tools.count(), script ? 2 : 0, "no button that would do nothing");
  if (script) {
    await press(page, "Copy all");
    await page.getByRole("button", { name: "Copied" }).waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), codes.join("\n"));
    await page.evaluate(() => (window.print = () => (window.printed = true)));
    await press(page, "Print");
    assert.ok(await page.evaluate(() => window.printed));
  }
  await page.emulateMedia({ media: "print" });
  for (const visible of [page.getByText(ada.email), page.getByText(codes[9])]) await visible.filter({ visible: true }).first().waitFor();
  assert.equal(await page.getByRole("link", { name: "Download" }).isVisible(), false);
  await page.emulateMedia({ media: null });

  await page.getByRole("link", { name: "I have saved them" }).click();
  await visit.at(SECURITY);
  await visit.open("/settings/security/backup-codes");
  await headed(page, "Make new backup codes?");
  assert.ok(!(await page.content()).includes(codes[0]), "they are shown once");

  await visit.open(SECURITY);
  await signOut(visit);
  await signIn(visit, ada);
  await visit.at("/two-factor");
  await show(visit, await app.code());
  await visit.at("/");
});

both("New backup codes take the place of the old ones", async (visit) => {
  const { page, mail } = visit;
  const ada = await owner(visit);
  await visit.open(SECURITY);
  await page.getByRole("link", { name: "Make new codes" }).click();
  await headed(page, "Make new backup codes?");
  await press(page, "Make new codes");
  await headed(page, "Your backup codes");
  const [fresh] = await page.locator("#codes li").allInnerTexts();
  await mail.next(ada.email, "New backup codes were made");
  await page.getByRole("link", { name: "I have saved them" }).click();
  await visit.at(SECURITY);
  await signOut(visit);
  await signIn(visit, ada);
  await visit.at("/two-factor");
  await visit.open("/two-factor?method=backup-code");
  await show(visit, ada.codes[0], { field: "Backup code" });
  await refusedAt(page, "Backup code");
  await show(visit, fresh, { field: "Backup code" });
  await visit.at("/");
});

both("A second step that is turned on first brings its backup codes along", async (visit) => {
  const { page } = visit;
  const ada = await member(visit);
  await visit.open(SECURITY);
  await page.getByRole("link", { name: "Turn on codes by mail" }).click();
  await press(page, "Turn on");
  await headed(page, "Your backup codes");
  await page.getByText("Codes by mail are on.").waitFor();
  const [code] = await page.locator("#codes li").allInnerTexts();
  await page.getByRole("link", { name: "I have saved them" }).click();
  await visit.at(SECURITY);
  await signOut(visit);

  // A mail was the first step, so that no mail can be the second one: the code on paper is.
  await visit.open("/magic-link");
  await page.getByLabel("E-mail").fill(ada.email);
  await press(page, "Send link");
  await visit.open(await visit.mail.link(ada.email, "magic-link"));
  await visit.at("/two-factor");
  assert.equal(await page.getByRole("button", { name: "Send me a mail" }).count(), 0);
  await show(visit, code, { field: "Backup code" });
  await visit.at("/");
});

both("Turning off asks for the second step where it wasn't shown lately, goes on from there, and is told by mail", async (visit) => {
  const { page, mail } = visit;
  const ada = await owner(visit);
  await visit.context.clearCookies();
  await signIn(visit, ada);
  await visit.at("/two-factor");
  await page.getByLabel("Don’t ask in this browser").check();
  await show(visit, await ada.app.code());
  await visit.at("/");
  await signOut(visit);
  // In a trusted browser the password alone signed in: that is enough to read, not to turn anything off.
  await signIn(visit, ada);
  await visit.at("/");
  await visit.open(SECURITY);
  await page.getByRole("link", { name: "Turn off the authenticator app" }).click();
  await visit.at("/confirm-access");
  await headed(page, "Confirm that it’s you");
  assert.equal(await page.getByLabel("Password", { exact: true }).count(), 0, "the password was shown already");
  await show(visit, ada.app.shown(), { button: "Confirm" });
  assert.match(await refusedAt(page, "Code"), /used already/);
  await show(visit, await ada.app.code(), { button: "Confirm" });
  await visit.at("/settings/security/authenticator/off");
  await headed(page, "Turn off your authenticator app?");
  await page.getByText("It is your only second step.").waitFor();
  await press(page, "Turn off");
  await visit.at(SECURITY);
  await says(page, "Your authenticator app is turned off.");
  assert.equal(await page.getByRole("heading", { name: "Backup codes" }).count(), 0);
  assert.equal(await page.getByRole("list", { name: "Trusted browsers" }).count(), 0);
  assert.match((await mail.next(ada.email, "turned off")).text, /If it wasn't you/);
  await signOut(visit);
  await signIn(visit, ada);
  await visit.at("/");
});

server?.both("What was asked for is done after the second step was shown again, by another way too", async (visit) => {
  const { page } = visit;
  const ada = await owner(visit);
  await visit.open("/settings/security/backup-codes");
  await database.age();
  await press(page, "Make new codes");
  await headed(page, "Confirm that it’s you");
  await press(page, "Use a backup code");
  await page.getByLabel("Backup code").waitFor();
  await show(visit, ada.codes[0], { field: "Backup code", button: "Confirm" });
  await visit.at("/settings/security/backup-codes");
  await page.getByText("You have 9 of 10 left.").waitFor();
});

both("An app is replaced by another one, and the old one works until then", async (visit) => {
  const { page, mail } = visit;
  const ada = await owner(visit);
  await visit.open(SECURITY);
  await page.getByRole("link", { name: "Replace the authenticator app" }).click();
  await headed(page, "Replace your authenticator app");
  const app = await scanned(page);
  assert.notEqual(app.secret, ada.app.secret);
  await show(visit, await ada.app.code(), { button: "Replace" });
  assert.match(await refusedAt(page, "Code"), /of your present app/);
  assert.equal((await scanned(page)).secret, app.secret);

  const elsewhere = await visit.another();
  await signIn(elsewhere, ada);
  await elsewhere.at("/two-factor");
  await show(elsewhere, await app.code());
  await refusedAt(elsewhere.page, "Code");
  await show(elsewhere, await ada.app.code());
  await elsewhere.at("/");
  await signOut(elsewhere);

  await show(visit, await app.code(), { button: "Replace" });
  await visit.at(SECURITY);
  await says(page, "Your new authenticator app is set up.");
  await mail.next(ada.email, "A new authenticator app was set up");
  await page.getByText("10 of 10 left").first().waitFor();
  await signIn(elsewhere, ada);
  await elsewhere.at("/two-factor");
  await show(elsewhere, ada.app.shown());
  await refusedAt(elsewhere.page, "Code");
  await show(elsewhere, await app.code());
  await elsewhere.at("/");
});

strict.both("Where everyone must have a second step, its set-up comes before everything else, and nobody turns the last one off", async (visit) => {
  const { page } = visit;
  const ada = await member(visit, undefined, { welcome: true });
  const refused = await visit.context.request.get("/api/auth/list-sessions");
  assert.equal(refused.status(), 403);
  assert.equal((await refused.json()).code, "TWO_FACTOR_REQUIRED");
  for (const path of ["/profile", "/settings", SECURITY, "/settings/data", "/settings/data/delete", "/onboarding/experience"]) {
    await visit.open(path);
    await visit.at("/two-factor/required");
  }
  await visit.open("/settings/sessions");
  await visit.at("/two-factor/required");
  await headed(page, "Set up a second step");
  await page.getByRole("link", { name: "Set up an authenticator app" }).click();
  await page.getByRole("link", { name: "Cancel" }).click();
  await visit.at("/two-factor/required");
  await page.getByRole("link", { name: "Set up an authenticator app" }).click();
  await visit.at("/settings/security/authenticator");
  const app = await scanned(page);
  await show(visit, app.wrong(), { button: "Turn on" });
  await refusedAt(page, "Code");
  await show(visit, await app.code(), { button: "Turn on" });
  await visit.at("/settings/security/backup-codes");
  await backupCodes(page);
  await page.getByRole("link", { name: "I have saved them" }).click();
  await visit.at("/settings/sessions");

  await visit.open(SECURITY);
  await page.getByText("This site asks for a second step for your account").waitFor();
  assert.equal(await page.getByRole("link", { name: "Turn off the authenticator app" }).count(), 0);
  await visit.open("/settings/security/authenticator/off");
  await page.getByText("Set up another one first").waitFor();
  assert.equal(await page.getByRole("button", { name: "Turn off" }).count(), 0);
  await page.getByRole("link", { name: "Back to Security" }).click();
  await visit.at(SECURITY);
  await signOut(visit);
  await signIn(visit, ada);
  await visit.at("/two-factor");
  await show(visit, await app.code());
  await visit.at("/onboarding/experience");
  assert.equal((await whoami(visit)).email, ada.email);
});

strict.journey("Who is led to the set-up after signing in may sign out instead", { script: true }, async (visit) => {
  const ada = await member(visit, undefined, { welcome: true });
  await visit.context.clearCookies();
  await signIn(visit, ada, "/sign-in?next=%2Fprofile");
  await visit.at("/two-factor/required");
  await visit.page.getByText(ada.email).waitFor();
  await press(visit.page, "Sign out");
  await visit.at("/");
  assert.equal(await whoami(visit), undefined);
});

journey("The security page says how things are and what to do next", { script: true }, async (visit) => {
  const { page } = visit;
  const next = page.getByText("Your next step");
  const steps = page.getByRole("list", { name: "Second steps" }).getByRole("listitem");
  const device = await authenticator(visit);
  const ada = await member(visit);
  await visit.open(SECURITY);
  await page.getByText("Whoever finds out your password or reads your mail gets in.").waitFor();
  await told(page, "Passkey").filter({ has: next }).waitFor();
  assert.equal(await next.count(), 1, "one thing at a time");
  assert.equal(await steps.filter({ hasText: "Off." }).count(), 3);

  await page.getByLabel("Name of the new passkey").fill("Work laptop");
  await device.agree(async () => {
    await press(page, "Add a passkey");
    await says(page, "Your passkey is added.");
  });
  await told(page, "Authenticator app").filter({ has: next }).waitFor();
  await told(page, "Authenticator app").getByRole("link").click();
  const app = await scanned(page);
  await show(visit, await app.code(), { button: "Turn on" });
  const codes = await backupCodes(page);
  await page.getByRole("link", { name: "I have saved them" }).click();
  await visit.at(SECURITY);
  await page.getByText("Very safe.").waitFor();
  assert.equal(await next.count(), 0);
  await told(page, "10 of 10 left").waitFor();

  await useUp(visit, codes, 3);
  await visit.open(SECURITY);
  await told(page, "3 of 10 left").filter({ has: next }).waitFor();
  await page.getByText("Only a few are left.").waitFor();

  await addNumber(visit, phone(visit));
  for (const way of ["text message", "mail"]) {
    await visit.open(SECURITY);
    await page.getByRole("link", { name: `Turn on codes by ${way}` }).click();
    await press(page, "Turn on");
    await visit.at(SECURITY);
  }
  assert.equal(await steps.filter({ hasText: "On" }).count(), 3);
  assert.equal(ada.email, (await whoami(visit)).email);
});
