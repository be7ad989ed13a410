// Every page in every state, at both widths and in both themes: photographed, judged by axe-core, and no wider than the screen.
import assert from "node:assert/strict";
import { test } from "node:test";
import { visitor } from "./support/browser.mjs";
import { hasPostgres, postgres } from "./support/database.mjs";
import { expectNoViolations } from "./support/axe.mjs";
import { pages } from "./support/pages.mjs";
import { startOffering } from "./support/provider-pages.mjs";
import { clear, shoot, unroll, writeIndex } from "./support/shoot.mjs";
import { startWorld } from "./support/world.mjs";

const worlds = {
  usual: await startWorld(),
  // Without an SMTP server, development has a mailbox, which keeps text messages, too.
  mailbox: await startWorld({ mail: false }),
  strict: await startWorld({ env: { LATCHKEY_TWO_FACTOR__REQUIRED: "everyone" } }),
  offering: await startOffering(),
  postgres: hasPostgres && (await startWorld({ database: await postgres() })),
};

await clear();

for (const [name, { on = "usual", isMail = false, set }] of Object.entries(pages)) {
  const world = worlds[on];
  test(`The page ${name}`, { skip: !world, timeout: 120_000 }, async () => {
    const { browser, url, mail, texts, database, issuer } = world;
    for (const phone of [true, false]) {
      const visitors = [];
      const another = async (options) => {
        const one = await visitor(browser, url, { phone, ...options });
        visitors.push(one);
        return { ...one, url, mail, texts, database, issuer, another };
      };
      const one = await another();
      await set(one);
      await one.settled();
      const { page } = one;
      await unroll(page);
      for (const theme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme: theme });
        await shoot(page, name, theme);
        const [wide, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
        assert.ok(wide <= screen, `${name} is ${wide} px wide on a screen of ${screen} px`);
        await expectNoViolations(page, `${name}, ${screen} px, ${theme}`, { mail: isMail });
      }
      for (const each of visitors) await each.close();
    }
  });
}

test("An index of the photographs", writeIndex);
