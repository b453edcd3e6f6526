// The bridge's page as scripts/pictures.sh shows it: the chat of the demo, and a flag with its evidence. It lies beside tests/web's harness when it runs.
import { browser, picture, scene, steps, until } from './harness.mjs';

const chrome = await browser();
const page = await (await chrome.newContext({ viewport: { width: 1180, height: 720 }, colorScheme: 'light' })).newPage();
const last = () => page.locator('.msg').last();

await steps(page, {
  async 'the page, and the gateway behind it'() {
    await page.goto(scene.link);
    await until('the gateway', async () => (await page.locator('.strip .is-ok').allInnerTexts()).some((one) => one.includes('gateway')), 120_000);
  },
  async 'a chat'() {
    await page.goto(`${scene.origin}/#/chat`);
    await page.locator('textarea').fill('give me the tour');
    await page.keyboard.press('Enter');
    await until('the answer', async () => (await page.locator('.pending').count()) === 0 && (await page.locator('.msg').count()) >= 2 && /\w{20}|\w+ \w+/.test(await last().innerText()), 120_000);
    await picture(page, 'page-chat');
  },
  async 'a flag, and what it rests on'() {
    await page.goto(`${scene.origin}/#/flags`);
    const flags = page.locator('.view-flags [role=option]');
    await until('the flags', async () => (await flags.count()) > 1);
    await flags.filter({ hasText: 'GITHUB_TOKEN' }).first().click();
    await until('the evidence', async () => /secret\.github-token/.test(await page.getByRole('article', { name: 'Flag' }).innerText()));
    await picture(page, 'page-flags');
  },
});
await chrome.close();
process.exit(0);
