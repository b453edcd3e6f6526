// What the browser tests share: a browser, checks that say what they saw, and orders to the test that runs us.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

export const scene = JSON.parse(process.env.SENTRIX_WEB_SCENE);
export { assert };

const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** Gives an order to the test that runs us, and waits until it is done. */
export async function order(...words) {
  console.log(`@${words.join(' ')}`);
  const { value } = await answers.next();
  if (value === undefined || !value.startsWith('ok')) throw new Error(`the order ${words} failed: ${value}`);
  return value.slice(3);
}

/** A browser with a profile of its own. It asks nobody on the network for anything. */
export async function browser(options = {}) {
  return chromium.launch({
    executablePath: scene.chromium,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ...options,
  });
}

/** A picture, kept beside what was built. */
export async function picture(page, name) {
  mkdirSync(scene.pictures, { recursive: true });
  await page.screenshot({ path: join(scene.pictures, `${name}.png`) });
}

/** Waits until something holds in the page. */
export async function until(what, holds, limit = 20_000) {
  const deadline = Date.now() + limit;
  for (;;) {
    let seen;
    try {
      seen = await holds();
      if (seen) return seen;
    } catch (error) {
      seen = error.message;
    }
    if (Date.now() > deadline) throw new Error(`${what}: not within ${limit} ms; last seen: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

/** Runs steps one after the other; the first that fails ends it, with a picture. */
export async function steps(page, all) {
  for (const [name, step] of Object.entries(all)) {
    try {
      await step();
      console.log(`  ok: ${name}`);
    } catch (error) {
      await picture(page, `failed-${name.replace(/\W+/g, '-')}`).catch(() => {});
      console.error(`  failed: ${name}\n${error.stack}`);
      process.exit(1);
    }
  }
}
