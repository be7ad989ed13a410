// A session that turns up on another device, where the operator wants its user asked.
import assert from "node:assert/strict";
import { headed, member, press, whoami } from "./support/people.mjs";
import { startWorld } from "./support/world.mjs";

const { both } = await startWorld({ env: { LATCHKEY_SESSION__BINDING: "strict" } });
const userAgent =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";

both("In strict, cookies on another device open nothing until their user has confirmed, and then lead on", async (visit) => {
  const ada = await member(visit);
  const phone = await visit.another({ userAgent });
  await phone.context.addCookies(await visit.context.cookies());
  for (const path of ["/settings/security", "/organizations", "/profile?a=1"]) {
    await phone.open(path);
    await headed(phone.page, "Confirm that it’s you");
    assert.equal(new URL(phone.page.url()).search, `?next=${encodeURIComponent(path)}`);
  }
  assert.equal(await whoami(phone), undefined, "apps see nobody");
  assert.equal((await whoami(visit)).email, ada.email, "and in its own place the session goes on");

  await phone.page.getByLabel("Password", { exact: true }).fill("Not-the-one-1");
  await press(phone.page, "Confirm");
  await phone.page.locator("[aria-invalid=true]").waitFor();
  assert.equal(await whoami(phone), undefined);
  await phone.page.getByLabel("Password", { exact: true }).fill(ada.password);
  await press(phone.page, "Confirm");
  await phone.at(/^\/profile\?a=1$/);
  await headed(phone.page, "Profile");
  assert.equal((await whoami(phone)).email, ada.email);
  // It lives here now, and nowhere else.
  await visit.open("/settings");
  await visit.at(/^\/sign-in\?next=/);
});
