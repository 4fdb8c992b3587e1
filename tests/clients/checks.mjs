// One line a check: ok, FAIL or skip, a tab, its name, a tab, why.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';

export { assert };

/** Loads a package out of the folder it was installed in. */
export function installed(folder, name) {
  return createRequire(join(folder, 'package.json'))(name);
}

const LIMIT = 60_000;
const line = (word, name, why = '') =>
  process.stdout.write(`${word}\t${name}\t${String(why).replace(/\s+/g, ' ').slice(0, 400)}\n`);

/** Runs one check. A thrown error fails it; `skip(why)` leaves it out. */
export async function check(name, work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end after ${LIMIT} ms`)), LIMIT);
  });
  try {
    await Promise.race([Promise.resolve().then(work), late]);
    line('ok', name);
  } catch (error) {
    if (error instanceof Skipped) line('skip', name, error.message);
    else line('FAIL', name, `${error.errorCode ?? error.name}: ${error.message}`);
  } finally {
    clearTimeout(timer);
  }
}

class Skipped extends Error {}

export function skip(why) {
  throw new Skipped(why);
}

/** The work must fail with this code, and its text must match. */
export async function refused(code, text, work) {
  let error;
  try {
    await work();
  } catch (thrown) {
    error = thrown;
  }
  assert.ok(error, `expected ${code}, nothing was thrown`);
  const said = `${error.errorCode ?? ''} ${error.name ?? ''} ${error.message ?? ''} ${error.data ? JSON.stringify(error.data) : ''}`;
  assert.ok(said.includes(code), `expected ${code}, got ${said}`);
  assert.match(said, text);
}
