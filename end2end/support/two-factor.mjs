// Second factors as people have them: an app on the phone, codes on paper, and a phone that gets text messages.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import jsQR from "jsqr";
import { PNG } from "pngjs";
import { member, person, press } from "./people.mjs";

const STEP = 30_000;
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** What a phone's camera reads from the picture on the page. */
export async function scan(page) {
  const shot = PNG.sync.read(await page.getByRole("img", { name: /authenticator app scans/ }).screenshot());
  const found = jsQR(Uint8ClampedArray.from(shot.data), shot.width, shot.height);
  assert.ok(found, "the picture can't be read");
  return found.data;
}

/** An authenticator app (RFC 6238) that was told an `otpauth://` address; written without the product's code. */
export function authenticatorApp(address) {
  const { protocol, host, pathname, searchParams } = new URL(address);
  assert.equal(`${protocol}//${host}`, "otpauth://totp");
  const secret = searchParams.get("secret");
  const bits = [...secret].map((letter) => BASE32.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  let last = 0;

  function at(step) {
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(step));
    const mac = createHmac("sha1", key).update(counter).digest();
    const number = mac.readUInt32BE(mac[19] & 15) & 0x7fff_ffff;
    return String(number % 1_000_000).padStart(6, "0");
  }

  return {
    secret,
    issuer: searchParams.get("issuer"),
    label: decodeURIComponent(pathname.slice(1)),
    /** A code that wasn't shown before. Within a minute there are three: of the last step, of this one and of the next, as clocks differ. */
    async code() {
      const now = (ahead = 0) => Math.floor((Date.now() + ahead) / STEP);
      // The last step's is nearly over at the end of this one.
      last = Math.max(last + 1, now(5000) - 1);
      while (last > now() + 1) await pause(500);
      return at(last);
    },
    /** The code that was shown last. */
    shown: () => at(last),
    /** Six digits that aren't any code of these minutes. */
    wrong() {
      const step = Math.floor(Date.now() / STEP);
      const good = [-2, -1, 0, 1, 2].map((away) => at(step + away));
      return ["000000", "111111", "222222", "333333", "444444", "555555"].find((code) => !good.includes(code));
    },
  };
}

async function post(visit, path, data) {
  const answer = await visit.context.request.post(`/api/auth${path}`, { headers: { origin: visit.url }, data });
  assert.equal(answer.status(), 200, await answer.text());
  return answer.json();
}

/** Somebody signed in whose authenticator app is on, made over the API; with the app and the backup codes. */
export async function owner(visit, someone = person(), how = {}) {
  await member(visit, someone, how);
  const { totpURI, backupCodes } = await post(visit, "/two-factor/enable", { password: someone.password });
  const app = authenticatorApp(totpURI);
  await post(visit, "/two-factor/verify-totp", { code: await app.code() });
  return { ...someone, app, codes: backupCodes };
}

/** Uses backup codes up until `left` of the ten are there. */
export async function useUp(visit, codes, left) {
  for (const code of codes.slice(left)) await post(visit, "/two-factor/verify-backup-code", { code, disableSession: true });
}

/** Types the code and sends it. */
export async function show({ page }, code, { field = "Code", button = "Sign in" } = {}) {
  await page.getByLabel(field, { exact: true }).fill(code);
  await press(page, button);
}

let numbers = 0;

/** A phone that gets text messages. */
export function phone({ texts }) {
  numbers += 1;
  const number = `+49151${String(2_000_000 + numbers)}`;
  return { number, code: () => texts.code(number) };
}

/** Adds the phone's number in the settings. */
export async function addNumber(visit, { number, code }) {
  await visit.open("/settings");
  await visit.page.getByLabel("New phone number").fill(number);
  await press(visit.page, "Send me a code");
  await visit.at("/settings/phone");
  await show(visit, await code(), { button: "Save number" });
  await visit.at("/settings");
}
