// What somebody who is signed in does with their account.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { headed, initials, member, person, press, refusedAt, says, signIn, whoami } from "./support/people.mjs";
import { hasPostgres, postgres } from "./support/database.mjs";
import { startWorld } from "./support/world.mjs";

const { both } = await startWorld();
// Where the clock can be moved.
const database = hasPostgres ? await postgres() : undefined;
const server = hasPostgres ? await startWorld({ database }) : undefined;
if (!server) test("What depends on the clock", { skip: "TEST_DATABASE_URL names no server" });

/** A picture of one colour as a PNG. */
function png(width, height) {
  const crcs = Array.from({ length: 256 }, (_, n) => Array.from({ length: 8 }).reduce((c) => (c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1), n));
  const crc = (bytes) => bytes.reduce((c, byte) => crcs[(c ^ byte) & 255] ^ (c >>> 8), 0xffffffff) ^ 0xffffffff;
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const frame = Buffer.alloc(body.length + 8);
    frame.writeUInt32BE(data.length);
    body.copy(frame, 4);
    frame.writeInt32BE(crc(body), body.length + 4);
    return frame;
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const rows = Buffer.alloc(height * (1 + width * 3), 120);
  for (let y = 0; y < height; y++) rows[y * (1 + width * 3)] = 0;
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), chunk("IHDR", header), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]);
}

both("The profile is changed, a picture is uploaded and removed, and the header shows it", async (visit) => {
  const { page } = visit;
  await member(visit);
  await visit.open("/profile");
  await page.getByLabel("Display name").fill("Countess Ada");
  await page.getByLabel("Full name").fill("Augusta Ada King");
  await page.getByLabel("Bio").fill("\nFirst line\n</textarea><script>1</script> & more");
  await press(page, "Save profile");
  await says(page, "Your profile is saved.");
  assert.equal(await page.getByLabel("Full name").inputValue(), "Augusta Ada King");
  assert.equal(await page.getByLabel("Bio").inputValue(), "First line\n</textarea><script>1</script> & more");
  const button = page.getByRole("button", { name: "Account of Countess Ada" });
  await initials(page, "CA");

  await page.getByLabel("New picture").setInputFiles({ name: "me.png", mimeType: "image/png", buffer: Buffer.from("no picture at all") });
  await press(page, "Upload");
  assert.match(await refusedAt(page, "New picture"), /PNG, JPEG/);
  await page.getByLabel("New picture").setInputFiles({ name: "me.png", mimeType: "image/png", buffer: png(300, 200) });
  await press(page, "Upload");
  await says(page, "Your new picture is there.");
  // Too large: a page says so, the connection doesn't break off.
  await page.getByLabel("New picture").setInputFiles({ name: "me.png", mimeType: "image/png", buffer: Buffer.concat([png(30, 20), Buffer.alloc(6 << 20)]) });
  await press(page, "Upload");
  await headed(page, "That is too large");
  await visit.open("/profile");
  const picture = button.locator("img");
  await picture.waitFor();
  assert.ok(await picture.evaluate((img) => img.complete && img.naturalWidth > 0 && img.naturalWidth === img.naturalHeight), "it is shown, cut to a square");
  await press(page, "Remove picture");
  await says(page, "Your picture is removed.");
  await initials(page, "CA");

  await page.getByText("Advanced").click();
  await page.getByLabel("Preferences").fill('{ "theme": dark }');
  await press(page, "Save preferences");
  assert.match(await refusedAt(page, "Preferences"), /line 1/);
  assert.equal(await page.getByLabel("Preferences").inputValue(), '{ "theme": dark }');
  await page.getByLabel("Preferences").fill('{ "theme": "dark" }');
  await press(page, "Save preferences");
  await says(page, "Your preferences are saved.");
});

both("A user name is refused, set, signed in with and given up", async (visit) => {
  const { page } = visit;
  const ada = await member(visit);
  const username = ada.email.split("@")[0].replace("ada", "Countess");
  await visit.open("/settings");
  await page.getByLabel("User name").fill("a b!");
  await press(page, "Save user name");
  await refusedAt(page, "User name");
  assert.equal(await page.getByLabel("User name").inputValue(), "a b!");
  await page.getByLabel("User name").fill(username);
  await press(page, "Save user name");
  await says(page, "Your user name is saved.");
  await visit.context.clearCookies();
  await signIn(visit, { email: username.toUpperCase(), password: ada.password });
  await visit.at("/");
  await visit.open("/settings");
  assert.equal(await page.getByLabel("User name").inputValue(), username);
  await page.getByLabel("User name").fill("");
  await press(page, "Save user name");
  await says(page, "Your user name is saved.");
});

both("The password is changed, and the other devices are signed out with it", async (visit) => {
  const { page, mail, another } = visit;
  const ada = await member(visit);
  const other = await another();
  await signIn(other, ada);
  await other.at("/");
  await visit.open("/settings/security");
  const present = page.getByLabel("Present password", { exact: true });
  const fresh = page.getByLabel("New password", { exact: true });
  assert.equal(await present.getAttribute("autocomplete"), "current-password");
  assert.equal(await fresh.getAttribute("autocomplete"), "new-password");
  await present.fill("Not-the-password-1");
  await fresh.fill("Difference-Engine-2");
  await press(page, "Change password");
  await refusedAt(page, "Present password");
  await present.fill(ada.password);
  await fresh.fill("short");
  await press(page, "Change password");
  assert.match(await refusedAt(page, "New password"), /at least 8 characters/);
  await present.fill(ada.password);
  await fresh.fill("Difference-Engine-2");
  assert.ok(await page.getByLabel("Sign out all other devices").isChecked());
  await press(page, "Change password");
  await says(page, "Your password is changed.");
  await mail.next(ada.email, "was changed");
  assert.equal((await whoami(visit)).email, ada.email, "this device stays");
  assert.equal(await whoami(other), undefined, "the other doesn't");
  await other.open("/settings/security");
  await other.at("/sign-in");
  await signIn(other, { ...ada, password: "Difference-Engine-2" });
  await other.at("/");
});

both("The address is changed when both addresses agree", async (visit) => {
  const { page, mail } = visit;
  const ada = await member(visit);
  const renewed = person().email;
  await visit.open("/settings");
  await page.getByLabel("New address").fill(ada.email);
  await press(page, "Change address");
  await refusedAt(page, "New address");
  await page.getByLabel("New address").fill(renewed);
  await press(page, "Change address");
  await says(page, "present address");
  assert.equal(mail.unread(renewed), 0, "nothing goes to the new address before the present one agreed");

  await visit.open(await mail.link(ada.email, "verify-email"));
  await headed(page, "Change your address?");
  await press(page, "Change address");
  await visit.at("/settings");
  await says(page, "new address");
  assert.equal((await whoami(visit)).email, ada.email);
  await visit.open(await mail.link(renewed, "verify-email"));
  await headed(page, "Confirm your new address?");
  await press(page, "Confirm address");
  await visit.at("/settings");
  await says(page, "Your address is changed.");
  await page.locator("main").getByText(renewed).waitFor();
  await mail.next(ada.email, "was changed");

  await visit.context.clearCookies();
  await signIn(visit, ada);
  await refusedAt(page, "Password");
  await signIn(visit, { ...ada, email: renewed });
  await visit.at("/");
});

both("Devices are listed; one is ended, then all the others", async (visit) => {
  const { page, mail, another } = visit;
  const ada = await member(visit);
  await visit.open("/settings/sessions");
  await page.getByText("You are signed in nowhere else.").waitFor();
  const [phone, tablet, desk] = [await another({ phone: true }), await another(), await another()];
  for (const device of [phone, tablet, desk]) {
    await signIn(device, ada);
    await device.at("/");
  }
  await mail.next(ada.email, "New sign-in");
  await visit.open("/settings/sessions");
  const rows = page.getByRole("list", { name: "Signed in" }).getByRole("listitem");
  assert.equal(await rows.count(), 4);
  assert.equal(await rows.filter({ hasText: "This device" }).count(), 1);
  assert.match(await rows.first().locator("time").first().getAttribute("datetime"), /^\d{4}-\d\d-\d\dT/);
  await rows.getByRole("button").first().click();
  await says(page, "That device is signed out.");
  assert.equal(await rows.count(), 3);
  const left = [];
  for (const device of [phone, tablet, desk]) if (await whoami(device)) left.push(device);
  assert.equal(left.length, 2);
  await press(page, "Sign out all other devices");
  await says(page, "All your other devices are signed out.");
  assert.equal(await rows.count(), 1);
  for (const device of left) {
    await device.open("/profile");
    await device.at("/sign-in");
  }
  assert.equal((await whoami(visit)).email, ada.email);
});

both("All one's data is downloaded as JSON", async (visit) => {
  const { page } = visit;
  const ada = await member(visit);
  await visit.open("/settings/data");
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download my data" }).click()]);
  assert.match(download.suggestedFilename(), /\.json$/);
  const text = await readFile(await download.path(), "utf8");
  assert.equal(JSON.parse(text).user.email, ada.email);
  assert.doesNotMatch(text, /\$argon2|session_token/);
});

both("An account is deleted by a typed confirmation and a mail", async (visit) => {
  const { page, mail, script } = visit;
  const ada = await member(visit);
  await visit.open("/settings/data");
  await page.getByRole("link", { name: "Delete my account" }).click();
  if (script) {
    await page.getByRole("dialog", { name: "Delete your account?" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await page.getByRole("link", { name: "Delete my account" }).click();
    assert.equal(new URL(page.url()).pathname, "/settings/data", "in a dialog");
  } else {
    await visit.at("/settings/data/delete");
  }
  await page.getByLabel("Type “delete my account”").fill("delete my acount");
  await press(page, "Send the mail");
  await refusedAt(page, "Type “delete my account”");
  await page.getByLabel("Type “delete my account”").fill("delete my account");
  await press(page, "Send the mail");
  await says(page, "Open the mail");
  assert.equal((await whoami(visit)).email, ada.email, "nothing is gone yet");
  const link = await mail.link(ada.email, "delete-user");

  // Only for whom it is.
  const other = await visit.another();
  await member(other);
  await other.open(link);
  assert.equal(await other.page.getByRole("button", { name: "Delete my account for good" }).count(), 0);

  await visit.open(link);
  await headed(page, "Delete your account for good?");
  await press(page, "Delete my account for good");
  await says(page, "Your account and its data are deleted.");
  assert.equal(await whoami(visit), undefined);
  await mail.next(ada.email, "was deleted");
  await signIn(visit, ada);
  await refusedAt(page, "Password");
});

server?.both("Before a sensitive act, somebody who signed in a while ago shows again who they are, and loses nothing", async (visit) => {
  const { page, mail } = visit;
  const ada = await member(visit);
  await database.age();
  await visit.open("/settings/data");
  await page.getByRole("link", { name: "Delete my account" }).click();
  await page.getByLabel("Type “delete my account”").fill("delete my account");
  await press(page, "Send the mail");
  await headed(page, "Confirm that it’s you");
  await visit.at("/settings/data/delete");
  await page.getByLabel("Password", { exact: true }).fill("Not-the-password-1");
  await press(page, "Confirm");
  await refusedAt(page, "Password");
  await page.getByLabel("Password", { exact: true }).fill(ada.password);
  await press(page, "Confirm");
  await visit.at("/settings/data");
  await says(page, "Open the mail");
  await mail.link(ada.email, "delete-user");

  // By a code, too.
  await database.age();
  const renewed = person().email;
  await visit.open("/settings");
  await page.getByLabel("New address").fill(renewed);
  await press(page, "Change address");
  await headed(page, "Confirm that it’s you");
  await press(page, "Send me a code");
  await page.getByLabel("Code").fill(await mail.code(ada.email));
  await press(page, "Confirm");
  await visit.at("/settings");
  await says(page, "present address");
  assert.ok((await mail.next(ada.email, renewed)).text.includes(renewed));
});

server?.both("A link that came too late says so, and a session that ended leads to the sign-in and back", async (visit) => {
  const { page, mail } = visit;
  const ada = await member(visit);
  await visit.open("/forgot-password");
  await page.getByLabel("E-mail").fill(ada.email);
  await press(page, "Send link");
  await visit.at("/check-mail");
  const link = await mail.link(ada.email, "reset-password");
  await visit.open(link);
  await page.getByLabel("New password", { exact: true }).fill("Difference-Engine-2");
  // While it was being typed, too.
  await database.expire("tokens");
  await press(page, "Save new password");
  await headed(page, "This link doesn’t work any more");
  await visit.open(link);
  await headed(page, "This link doesn’t work any more");
  await page.getByRole("link", { name: "Send a new link" }).click();
  await visit.at("/forgot-password");

  await visit.open("/settings/security");
  await page.getByLabel("Present password", { exact: true }).fill(ada.password);
  await page.getByLabel("New password", { exact: true }).fill("Difference-Engine-2");
  await database.expire("sessions");
  await press(page, "Change password");
  await visit.at("/sign-in");
  await says(page, "Sign in to go on.");
  await signIn(visit, ada, page.url());
  await visit.at("/settings/security");
});
