// The whole way of a new user, from the sign-up to the deletion: once with script, once without, and once on PostgreSQL.
import assert from "node:assert/strict";
import { test } from "node:test";
import { hasPostgres, postgres } from "./support/database.mjs";
import { choose, headed, initials, menu, person, press, says, signIn, signOut, signUp, whoami } from "./support/people.mjs";
import { startWorld } from "./support/world.mjs";

async function wholeWay(visit) {
  const { page, mail } = visit;
  const ada = person();

  await visit.open("/");
  await page.getByRole("link", { name: "Create account" }).click();
  await visit.at("/sign-up");
  await signUp(visit, ada);
  await says(page, "Your address is confirmed. Welcome!");
  assert.equal((await whoami(visit)).emailVerified, true);

  const steps = { experience: ["More than 10 years"], stack: ["Rust", "Leptos"], hardware: ["Linux", "64 GB"], focus: ["Full-stack"] };
  for (const [step, answers] of Object.entries(steps)) {
    await visit.at(`/onboarding/${step}`);
    for (const answer of answers) await choose(page, answer);
    await press(page, "Continue");
  }
  await visit.at("/onboarding/done");
  await press(page, "Finish");
  await visit.at("/");
  await headed(page, "Hello, Ada Lovelace");

  await menu(page);
  await page.locator("#account-menu").getByRole("link", { name: "Profile" }).click();
  await visit.at("/profile");
  await page.getByLabel("Display name").fill("Ada King");
  await press(page, "Save profile");
  await says(page, "Your profile is saved.");
  await page.getByRole("button", { name: "Account of Ada King" }).waitFor();
  await initials(page, "AK");

  await menu(page);
  await page.locator("#account-menu").getByRole("link", { name: "Settings" }).click();
  await visit.at("/settings");
  await page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: "Security" }).filter({ visible: true }).click();
  await visit.at("/settings/security");
  await page.getByLabel("Present password", { exact: true }).fill(ada.password);
  ada.password = "Difference-Engine-2";
  await page.getByLabel("New password", { exact: true }).fill(ada.password);
  await press(page, "Change password");
  await says(page, "Your password is changed.");
  await signOut(visit);

  await signIn(visit, ada);
  await visit.at("/");
  await signOut(visit);

  await visit.open("/magic-link");
  await page.getByLabel("E-mail").fill(ada.email);
  await press(page, "Send link");
  await visit.at("/check-mail");
  await visit.open(await mail.link(ada.email, "magic-link"));
  await headed(page, "Hello, Ada King");
  await signOut(visit);

  await visit.open("/email-code");
  await page.getByLabel("E-mail").fill(ada.email);
  await press(page, "Send code");
  await visit.at("/email-code/enter");
  await page.getByLabel("Code").fill(await mail.code(ada.email));
  await press(page, "Sign in");
  await visit.at("/");
  await signOut(visit);

  await visit.open("/forgot-password");
  await page.getByLabel("E-mail").fill(ada.email);
  await press(page, "Send link");
  await visit.at("/check-mail");
  await visit.open(await mail.link(ada.email, "reset-password"));
  ada.password = "Bernoulli-Numbers-3";
  await page.getByLabel("New password", { exact: true }).fill(ada.password);
  await press(page, "Save new password");
  await visit.at("/sign-in");
  await signIn(visit, ada);
  await visit.at("/");

  await visit.open("/settings/data");
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download my data" }).click()]);
  assert.equal(await download.failure(), null);
  await visit.open("/settings/data/delete");
  await page.getByLabel("Type “delete my account”").fill("delete my account");
  await press(page, "Send the mail");
  await says(page, "Open the mail");
  await visit.open(await mail.link(ada.email, "delete-user"));
  await press(page, "Delete my account for good");
  await says(page, "Your account and its data are deleted.");
  assert.equal(await whoami(visit), undefined);
}

const onFile = await startWorld();
onFile.both("From the sign-up to the deletion", wholeWay);

if (hasPostgres) {
  const onServer = await startWorld({ database: await postgres() });
  onServer.journey("From the sign-up to the deletion, on PostgreSQL", { script: true }, wholeWay);
} else {
  test("From the sign-up to the deletion, on PostgreSQL", { skip: "TEST_DATABASE_URL names no server" });
}
