// What people do on the pages, step by step, as they would: by the words that they read.
import assert from "node:assert/strict";

let count = 0;

/** Somebody new. */
export function person(name = "Ada Lovelace") {
  count += 1;
  return { name, email: `ada.${process.pid}.${count}@example.org`, password: "Analytical-Engine-1843" };
}

/** Presses the button of exactly this name. */
export const press = (page, name) => page.getByRole("button", { name, exact: true }).click();

/** Chooses a card, as a person would: by pressing anywhere on it. */
export const choose = (page, label) => page.locator("label").filter({ hasText: label }).first().click();

/** Fills in the sign-up form and sends it. */
export async function fillSignUp({ page }, { name, email, password }) {
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await press(page, "Create account");
}

/** Signs up and opens the link of the mail; ends at the first question. */
export async function signUp(visit, someone) {
  await visit.open("/sign-up");
  await fillSignUp(visit, someone);
  await visit.at(/^\/check-mail/);
  await visit.open(await visit.mail.link(someone.email, "verify-email"));
  await visit.at("/onboarding/experience");
}

/** Signs in by the form of the sign-in page. */
export async function signIn(visit, { email, password }, path = "/sign-in") {
  await visit.open(path);
  await visit.page.getByLabel("E-mail").fill(email);
  await visit.page.getByLabel("Password", { exact: true }).fill(password);
  await press(visit.page, "Sign in");
}

/** Signs out by the menu. */
export async function signOut(visit) {
  await menu(visit.page);
  await visit.page.getByRole("button", { name: "Sign out" }).first().click();
  await visit.at("/");
  await says(visit.page, "You are signed out.");
}

/** Waits until the header shows these initials. */
export async function initials(page, letters) {
  const avatar = page.getByRole("button", { name: /^Account of / }).locator(`[data-initials="${letters}"]`);
  await avatar.waitFor();
  assert.equal(await avatar.evaluate((element) => getComputedStyle(element, "::before").content), `"${letters}"`);
}

/** Opens the account's menu. */
export async function menu(page) {
  await page.getByRole("button", { name: /^Account of / }).click();
  await page.locator("#account-menu").waitFor();
}

/** Waits for the message that a page shows after a redirect. */
export async function says(page, text) {
  await page.locator("#flash").getByText(text).waitFor();
}

/** Waits for the page's heading. */
export async function headed(page, text) {
  await page.getByRole("heading", { level: 1, name: text }).waitFor();
}

/**
 * The form came back: the field of this label is marked, has the focus, and tells what is wrong in the element that describes it.
 * Gives the words.
 */
export async function refusedAt(page, label) {
  const field = page.getByLabel(label, { exact: true });
  await field.and(page.locator("[aria-invalid=true]")).waitFor();
  await page.locator("[aria-invalid=true]:focus").waitFor();
  const { focused, words } = await field.evaluate((element) => ({
    focused: document.activeElement === element,
    words: (element.getAttribute("aria-describedby") ?? "")
      .split(" ")
      .map((id) => document.getElementById(id))
      .find((described) => described?.id.endsWith("-error"))
      ?.innerText.trim(),
  }));
  assert.ok(focused, `the focus is on another field than "${label}"`);
  assert.ok(words, `nothing tells what is wrong with "${label}"`);
  return words;
}

/** Makes a confirmed account over the API and signs the visitor's browser in to it; the questionnaire is skipped unless told otherwise. */
export async function member(visit, someone = person(), { welcome = false } = {}) {
  const { request } = visit.context;
  const headers = { origin: visit.url };
  const { name, email, password } = someone;
  const taken = await request.post("/api/auth/sign-up/email", { headers, data: { name, email, password } });
  assert.equal(taken.status(), 200, await taken.text());
  await request.get(await visit.mail.link(email, "verify-email"), { maxRedirects: 0 });
  if (!welcome) {
    const skipped = await request.post("/api/auth/onboarding", { headers, data: { action: "skip" } });
    assert.equal(skipped.status(), 200, await skipped.text());
  }
  return someone;
}

/** Who the API says is signed in, if anybody. */
export async function whoami(visit) {
  const answer = await visit.context.request.get("/api/auth/get-session");
  return (await answer.json())?.user;
}

/** Makes an account in a browser of its own, and signs in to it in the visitor's, beside whoever is there. */
export async function join(visit, someone) {
  const elsewhere = await visit.another();
  await member(elsewhere, someone);
  await elsewhere.context.close();
  const { email, password } = someone;
  const answer = await visit.context.request.post("/api/auth/sign-in/email", { headers: { origin: visit.url }, data: { email, password } });
  assert.equal(answer.status(), 200, await answer.text());
  return someone;
}

/** Lets a page that was left open look at its session again, as on coming back to it. */
export const comeBack = (page) => page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })));
