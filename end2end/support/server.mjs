// Starts the product as an operator would: the release binary, a few environment variables, a folder of its own.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const binary = resolve(process.env.LATCHKEY_BINARY ?? new URL("../../dist/latchkey", import.meta.url).pathname);

async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}

/** Starts it and waits until it answers; `env` is added to its environment, `host` is its name. Gives its address, `run` for other commands beside it, and `stop`. */
export async function startServer(env = {}, host = "localhost") {
  const folder = await mkdtemp(join(tmpdir(), "latchkey-e2e-"));
  const port = await freePort();
  const url = `http://${host}:${port}`;
  // Nothing of the developer's own settings gets in. Tests do in seconds what people do in days: only those about the limits want them.
  const { PATH, HOME, LATCHKEY_SITE } = process.env;
  const surroundings = {
    cwd: folder,
    env: { PATH, HOME, ...(LATCHKEY_SITE && { LATCHKEY_SITE: resolve(LATCHKEY_SITE) }), HOST: "127.0.0.1", PORT: String(port), BETTER_AUTH_URL: url, LATCHKEY_RATE_LIMIT__ENABLED: "false", ...env },
  };
  const child = spawn(binary, ["serve"], { ...surroundings, stdio: ["ignore", "pipe", "pipe"] });
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (log += text));
  let gone = false;
  const exit = new Promise((done) => {
    child.once("error", (error) => done(`couldn't be started: ${error.message}`));
    child.once("exit", (code, signal) => done(`ended with ${signal ?? code}`));
  }).then((how) => {
    gone = true;
    process.off("exit", kill);
    return how;
  });

  const answers = async () => {
    for (const end = Date.now() + 20_000; Date.now() < end && !gone; ) {
      try {
        await fetch(`http://127.0.0.1:${port}`, { redirect: "manual" });
        return;
      } catch {
        await new Promise((next) => setTimeout(next, 20));
      }
    }
    throw new Error(`no answer from ${binary}`);
  };
  const died = exit.then((how) => {
    throw new Error(`${binary} ${how}`);
  });
  died.catch(() => {});
  try {
    await Promise.race([answers(), died]);
  } catch (error) {
    kill();
    throw new Error(`${error.message}\n${log}`);
  }
  return {
    url,
    log: () => log,
    run: async (...words) => (await promisify(execFile)(binary, words, surroundings)).stdout,
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(kill, 15_000);
      await exit;
      clearTimeout(timer);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
