// The real OpenClaw in the sandbox, through the bridge, in a real browser: run by tests/e2e.

import { assert, browser, picture, scene, steps, until } from './harness.mjs';

const chrome = await browser();
const page = await (await chrome.newContext({ viewport: { width: 1360, height: 860 } })).newPage();
const last = () => page.locator('.msg').last();
const say = async (words) => {
  await page.locator('textarea').fill(words);
  await page.keyboard.press('Enter');
};
const idle = async () => (await page.locator('.pending').count()) === 0;
// The first turn after a start takes OpenClaw most of a minute.
const SLOW = 240_000;

await steps(page, {
  async 'the gateway and the sandbox are there'() {
    await page.goto(scene.link);
    await until('the gateway', async () => (await page.locator('.strip .is-ok').allInnerTexts()).some((one) => one.includes('gateway')), SLOW);
    await until('the sandbox', async () => /running/.test(await page.getByRole('article', { name: 'Sandbox' }).innerText()));
    await picture(page, 'openclaw-status');
  },
  async 'a chat is streamed, with its tool'() {
    await page.goto(`${scene.origin}/#/chat`);
    await say('What is on my shopping list?');
    await until('the tool', async () => /read/.test(await last().locator('.tool').first().innerText({ timeout: 500 })), SLOW);
    await until('the answer', async () => (await idle()) && /lemons/.test(await last().innerText()), SLOW);
    await picture(page, 'openclaw-chat');
  },
  async 'it is stopped in the middle'() {
    await say('Tell me a long story about the baker.');
    await until('the beginning', async () => /Once there was a baker/.test(await last().innerText()), SLOW);
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await until('the end', async () => /stopped/.test(await last().innerText()), SLOW);
    await picture(page, 'openclaw-stopped');
  },
  async 'a failure is told once'() {
    await say('This one fails.');
    await until('the failure', async () => (await last().locator('.failure').count()) === 1, SLOW);
    assert.ok(await idle());
  },
  async 'the conversation is read from the gateway after a reload'() {
    await page.reload();
    await until('the history', async () => /lemons/.test(await page.locator('.chat-list').innerText()), SLOW);
    assert.match(await page.locator('.chat-list').innerText(), /What is on my shopping list\?/);
    await picture(page, 'openclaw-history');
  },
});
await chrome.close();
process.exit(0);
