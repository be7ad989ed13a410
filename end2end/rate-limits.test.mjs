// What somebody sees who does something too often.
import assert from "node:assert/strict";
import { press } from "./support/people.mjs";
import { startWorld } from "./support/world.mjs";

const { both } = await startWorld({
  env: {
    LATCHKEY_RATE_LIMIT__ENABLED: "true",
    LATCHKEY_RATE_LIMIT__SIGN_IN: "1/4s",
    LATCHKEY_RATE_LIMIT__ACCOUNT_FACTOR: "1000",
    // The browsers say where they come from.
    LATCHKEY_SERVER__TRUSTED_PROXIES: "127.0.0.1",
  },
  mail: false,
});

both("Too many tries are told in the form, with how long to wait", async ({ context, page, open, script, expect }) => {
  await context.setExtraHTTPHeaders({ "x-forwarded-for": script ? "198.51.100.1" : "198.51.100.2" });
  expect(/429 POST .*sign-in/);
  await open("/sign-in");
  const name = page.getByLabel("E-mail", { exact: false }).first();
  const attempt = async () => {
    await page.getByLabel("Password", { exact: true }).fill("Wr0ng-enough");
    await press(page, "Sign in");
  };
  await name.fill("ada@example.org");
  await attempt();
  await page.getByText("No match.").waitFor();
  await attempt();
  const words = page.getByText(/Too many tries\. Try again in \d seconds?\./);
  await words.waitFor();
  assert.equal(await name.inputValue(), "ada@example.org", "what was typed is there");
  const seconds = Number(/\d+/.exec(await words.innerText())[0]);
  assert.ok(seconds >= 1 && seconds <= 4, `${seconds} seconds`);

  if (script) {
    // It counts down in place, and goes when the time is over.
    if (seconds > 2) await page.getByText(`Try again in ${seconds - 1} second`).waitFor();
    await words.waitFor({ state: "hidden" });
  } else {
    await page.waitForTimeout(seconds * 1000);
  }
  await attempt();
  await page.getByText("No match.").waitFor();
});
