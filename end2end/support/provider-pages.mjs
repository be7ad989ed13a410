// The pages about accounts elsewhere in every state, and how to get there; pages.mjs adds them to the others.
import { after } from "node:test";
import { agree, startIssuer } from "./issuer.mjs";
import { headed, member, person, press, says } from "./people.mjs";
import { startWorld } from "./world.mjs";

const SECURITY = "/settings/security";

/** A world that offers every provider that is known, and three more, one of them without a name. */
export async function startOffering() {
  const issuer = await startIssuer();
  const secret = (name) => [`${name}_CLIENT_SECRET`, "not-a-secret"];
  const known = ["GOOGLE", "APPLE", "MICROSOFT", "GITHUB", "DISCORD", "FACEBOOK", "TWITTER"];
  const env = Object.fromEntries(known.flatMap((name) => [[`${name}_CLIENT_ID`, "latchkey"], secret(name)]));
  const own = { acme: { name: "Acme", trusted: true }, long: { name: "Rechenanlagen und ihre Anwendungen e. V." }, oidc: {} };
  const world = await startWorld({ env: { ...env, ...issuer.env(own), LATCHKEY_OUTBOUND__ALLOW: "127.0.0.1" } });
  issuer.register(world.url, Object.keys(own));
  after(() => issuer.stop());
  return { ...world, issuer };
}

const choose = ({ page }, name) => page.getByRole("button", { name: new RegExp(`^Go on with ${name}`) }).click();

/** Somebody who has come through Acme, and has no other way in. */
async function arrived(visit) {
  const ada = person();
  const login = visit.issuer.knows(ada);
  await visit.open("/sign-in");
  await choose(visit, "Acme");
  await agree(visit, login);
  await visit.at("/onboarding/experience");
  await visit.context.request.post("/api/auth/onboarding", { headers: { origin: visit.url }, data: { action: "skip" } });
  await visit.open(SECURITY);
}

/** A member who has connected these, on the page that says so. */
const connected = (...names) => async (visit) => {
  const ada = await member(visit);
  const login = visit.issuer.knows(ada);
  for (const [at, name] of names.entries()) {
    await visit.open(SECURITY);
    await press(visit.page, `Connect ${name}`);
    if (at === 0) await agree(visit, login);
    await visit.at(SECURITY);
    await says(visit.page, "It is connected.");
  }
  await visit.open(SECURITY);
};

/** What came to nothing. */
const failed = (error, more = "") => ({ on: "offering", set: (visit) => visit.open(`/sign-in/failed?provider=acme${more}&error=${error}`) });

const connecting = (error) => {
  const { on, set } = failed(error, "&connecting=true");
  return { on, set: (visit) => member(visit).then(() => set(visit)) };
};

/** By name, as in pages.mjs. */
export const providerPages = {
  "sign-in-providers": { on: "offering", set: (visit) => visit.open("/sign-in") },
  "sign-up-providers": { on: "offering", set: (visit) => visit.open("/sign-up") },
  "sign-in-last-used": {
    on: "offering",
    async set(visit) {
      await arrived(visit);
      await visit.context.clearCookies({ name: /session/ });
      await visit.open("/sign-in");
      await visit.page.getByText("Last used").waitFor();
    },
  },
  "provider-going": {
    on: "offering",
    async set(visit) {
      // The browser stays where it is.
      await visit.context.route(`${visit.issuer.url}/**`, (route) => route.fulfill({ status: 204 }));
      await visit.open("/sign-in");
      await choose(visit, "Acme");
      await headed(visit.page, "Taking you to Acme…");
    },
  },
  "provider-failed-cancelled": failed("access_denied"),
  "provider-failed-unreachable": failed("temporarily_unavailable"),
  "provider-failed-has-account": failed("account_not_linked"),
  "provider-failed-unclear": failed("invalid_token"),
  "provider-failed-elsewhere": failed("state_mismatch"),
  "provider-failed-no-address": failed("email_not_found"),
  "provider-failed-closed": failed("signup_disabled"),
  "provider-failed-unknown": { on: "offering", set: (visit) => visit.open("/sign-in/failed?provider=gone&error=oauth_provider_not_found") },
  "provider-connect": { on: "offering", set: (visit) => member(visit).then(() => visit.open("/settings/connections/acme")) },
  "provider-connect-other-address": connecting("email_does_not_match"),
  "provider-connect-taken": connecting("account_already_linked_to_different_user"),
  "settings-security-not-connected": { on: "offering", set: connected() },
  "settings-security-connected": { on: "offering", set: connected("Acme") },
  "settings-security-several-connected": { on: "offering", set: connected("Acme", "Rechenanlagen und ihre Anwendungen e. V.", "127.0.0.1") },
  "settings-security-last-way-in": {
    on: "offering",
    async set(visit) {
      await arrived(visit);
      await press(visit.page, "Disconnect Acme");
      await says(visit.page, "This is your only way in.");
    },
  },
};
