// What a file of tests stands on: the product running, the mail server, the service for text messages, the browser; and tests that take visitors through it.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { after, test } from "node:test";
import { launch, visitor } from "./browser.mjs";
import { startMail } from "./mail.mjs";
import { startServer } from "./server.mjs";
import { folder } from "./shoot.mjs";
import { startTexts } from "./texts.mjs";

/**
 * Starts everything, and ends it after the file's last test. `env` is added to the product's environment; `database` is one of
 * database.mjs; `host` is the product's name; `mail: false` leaves the SMTP server and the service for text messages away.
 */
export async function startWorld({ env = {}, database, host, mail: wanted = true } = {}) {
  const [mail, texts] = wanted ? await Promise.all([startMail(), startTexts()]) : [];
  const [server, browser] = await Promise.all([startServer({ ...mail?.env, ...texts?.env, ...database?.env, ...env }, host), launch()]);
  after(async () => {
    await browser.close();
    await server.stop();
    await mail?.stop();
    await texts?.stop();
    await database?.stop();
  });

  /** A test with a visitor; `another(options)` brings in a second one with a browser of their own. */
  function journey(name, options, body) {
    test(name, { timeout: 120_000 }, async () => {
      const traces = `${folder}failed/${name.replaceAll(/[^a-z0-9]+/gi, "-")}`;
      await rm(traces, { recursive: true, force: true });
      const visitors = [];
      const another = async (more = {}) => {
        const one = await visitor(browser, server.url, { ...options, ...more });
        visitors.push(one);
        return { ...one, url: server.url, mail, texts, database, another };
      };
      try {
        await body(await another());
      } catch (error) {
        await keep(visitors, traces, server.log());
        const complaints = (await Promise.allSettled(visitors.map((one) => one.close()))).flatMap(({ reason }) => reason?.message ?? []);
        // The reporter prints the stack.
        if (error.stack) error.stack += `\n${complaints.join("\n")}`;
        throw error;
      }
      for (const one of visitors) await one.close();
    });
  }

  /** The same test for a browser that runs script and for one that doesn't. */
  function both(name, body, options = {}) {
    journey(`${name}, with script`, { ...options, script: true }, body);
    journey(`${name}, without script`, { ...options, script: false }, body);
  }

  return { url: server.url, browser, mail, texts, database, journey, both };
}

/** What the visitors of a failed test saw last, and what the product said until then. */
async function keep(visitors, path, log) {
  await mkdir(path, { recursive: true });
  await writeFile(`${path}/log`, log);
  for (const [place, { page }] of visitors.entries()) {
    await page.screenshot({ path: `${path}/${place + 1}.png`, fullPage: true, timeout: 5000 }).catch(() => {});
  }
}
