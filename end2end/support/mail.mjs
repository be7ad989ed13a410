// A real SMTP server on loopback. What arrives is handed out once, to whoever waits for it.
import { once } from "node:events";
import { simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";

const PATIENCE = 20_000;

export async function startMail() {
  /** Mails that nobody asked for yet, in the order of their arrival. */
  let unread = [];
  let waiting = [];

  function arrived(mail) {
    const place = waiting.findIndex(({ fits }) => fits(mail));
    if (place < 0) unread.push(mail);
    else waiting.splice(place, 1)[0].take(mail);
  }

  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["AUTH", "STARTTLS"],
    disableReverseLookup: true,
    onData(stream, session, done) {
      // The session forgets them once it is done.
      const to = session.envelope.rcptTo.map(({ address }) => address);
      simpleParser(stream).then(({ subject, text, html }) => {
        done();
        for (const address of to) arrived({ to: address, subject, text, html });
      }, done);
    },
  });
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");

  /** The oldest unread mail to `to` whose subject or text contains `part`; waits until it is there. */
  function next(to, part = "") {
    const fits = (mail) => mail.to === to && `${mail.subject}\n${mail.text}`.includes(part);
    const place = unread.findIndex(fits);
    if (place >= 0) return Promise.resolve(unread.splice(place, 1)[0]);
    return new Promise((done, fail) => {
      const timer = setTimeout(() => {
        waiting = waiting.filter((waiter) => waiter !== me);
        const there = unread.map((mail) => `  ${mail.to}: ${mail.subject}`).join("\n");
        fail(new Error(`no mail to ${to} with "${part}"; unread are:\n${there || "  none"}`));
      }, PATIENCE);
      const me = {
        fits,
        take(mail) {
          clearTimeout(timer);
          done(mail);
        },
      };
      waiting.push(me);
    });
  }

  return {
    env: { SMTP_HOST: "127.0.0.1", SMTP_PORT: String(server.server.address().port), EMAIL_FROM_ADDRESS: "hello@latchkey.example" },
    next,
    /** The link, with `part` in it, of the next mail to `to` that has one. */
    async link(to, part = "http") {
      const { text } = await next(to, part);
      return text.split(/\s+/).find((word) => /^https?:/.test(word) && word.includes(part));
    },
    /** The code of the next mail to `to` that has one. */
    async code(to) {
      const { text } = await next(to, "Type this code");
      return /^\s*(\d{6})\s*$/m.exec(text)[1];
    },
    /** How many unread mails there are for `to`. */
    unread: (to) => unread.filter((mail) => mail.to === to).length,
    async stop() {
      await new Promise((done) => server.close(done));
    },
  };
}
