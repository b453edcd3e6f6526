// Our own page through all of its parts.

import { assert, browser, order, picture, scene, steps, until } from './harness.mjs';

const chrome = await browser();
const context = await chrome.newContext({ viewport: { width: 1360, height: 860 }, colorScheme: 'dark', acceptDownloads: true });
const page = await context.newPage();
const faults = [];
const outside = [];
page.on('console', (message) => { if (message.type() === 'error') faults.push(message.text()); });
page.on('pageerror', (error) => faults.push(error.message));
page.on('request', (request) => { if (!request.url().startsWith(scene.origin) && !/^(blob|data):/.test(request.url())) outside.push(request.url()); });

const go = async (part) => {
  await page.goto(`${scene.origin}/#/${part}`);
  await page.waitForSelector(`.view-${part.split('/')[0]}`);
};
const text = (selector) => page.locator(selector).first().innerText();
const looks = async (name) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  await picture(page, `${name}-dark`);
  await page.emulateMedia({ colorScheme: 'light' });
  await picture(page, `${name}-light`);
  await page.setViewportSize({ width: 320, height: 640 });
  const wide = await page.evaluate(() => Math.max(document.documentElement.scrollWidth, ...[...document.querySelectorAll('main .chat-list, main .page, main .vlist, main .detail, main .bar')].map((one) => one.scrollWidth)));
  await picture(page, `${name}-narrow`);
  await page.setViewportSize({ width: 1360, height: 860 });
  assert.ok(wide <= 320, `${name} is ${wide} pixels wide on a screen of 320`);
};

await steps(page, {
  async 'without the link there is nothing'() {
    const answer = await page.goto(`${scene.origin}/`);
    assert.equal(answer.status(), 403);
    assert.match(await text('body'), /sentrix-bridge link/);
  },
  async 'the link leads in, leaves the address, and is good once'() {
    await page.goto(scene.link);
    await page.waitForSelector('.view-status');
    assert.ok(!page.url().includes('?t='), page.url());
    const cookies = await context.cookies();
    assert.deepEqual(cookies.map((one) => [one.httpOnly, one.sameSite]), [[true, 'Strict']]);
    assert.equal(await page.evaluate(() => document.cookie), '');
    const other = await chrome.newContext();
    assert.equal((await (await other.newPage()).goto(scene.link)).status(), 403);
    await other.close();
  },
  async 'every part says how it is'() {
    await until('the gateway', async () => (await page.locator('.strip .is-ok').allInnerTexts()).some((one) => one.includes('gateway')));
    const cards = await page.locator('.card').allInnerTexts();
    assert.equal(cards.length, 6);
    assert.match(cards.find((card) => card.startsWith('Sandbox')), /sentrix run/);
    assert.match(cards.find((card) => card.startsWith('Record')), /log files/);
    await until('the latest flags', async () => (await page.locator('.news-row').count()) > 0);
    await looks('status');
  },
  async 'a chat is streamed, with thinking and tools apart'() {
    await go('chat');
    await until('the history', async () => (await text('.chat-list')).includes('hello'));
    await page.locator('textarea').fill('What is on my list? slowly');
    await page.keyboard.press('Enter');
    await until('a sign that it is waited for', async () => (await page.locator('.pending').count()) > 0);
    await until('a part of the answer', async () => /Let me look/.test(await text('.msg:last-child')));
    await picture(page, 'chat-streaming-dark');
    await until('the answer', async () => /two lemons/.test(await text('.msg:last-child')) && (await page.locator('.pending').count()) === 0);
    assert.match(await text('.msg:last-child .thinking summary'), /Thinking/);
    assert.match(await text('.msg:last-child .tool summary'), /read/);
  },
  async 'what the gateway leaves out while it is streamed is there in the end, and tools stand behind it'() {
    await page.locator('textarea').fill('What is on my list? hurry');
    await page.keyboard.press('Enter');
    await until('the answer', async () => /two lemons/.test(await text('.msg:last-child')) && (await page.locator('.pending').count()) === 0);
    const parts = await page.locator('.msg:last-child > .msg-text, .msg:last-child > .tool').evaluateAll((all) => all.map((one) => (one.matches('.tool') ? 'tool' : one.innerText.trim())));
    assert.deepEqual(parts, ['Let me look at your list.', 'tool', 'There are three things on it: flour, yeast and two lemons.']);
  },
  async 'it is stopped in the middle'() {
    await page.locator('textarea').fill('Tell me a long story');
    await page.keyboard.press('Enter');
    await until('the beginning', async () => /Once there was a baker/.test(await text('.msg:last-child')));
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await until('the end', async () => /stopped/.test(await text('.msg:last-child .ending')));
    assert.ok(await page.getByRole('button', { name: 'Stop', exact: true }).isHidden());
  },
  async 'a failure is said, and can be tried again'() {
    await page.locator('textarea').fill('please fail');
    await page.keyboard.press('Enter');
    await until('the failure', async () => /401/.test(await text('.msg:last-child .failure')));
    const before = await page.locator('.msg').count();
    await page.locator('.msg:last-child').getByRole('button', { name: 'Send again' }).click();
    await until('the second failure', async () => (await page.locator('.msg').count()) === before + 2 && (await page.locator('.msg:last-child .failure').count()) === 1);
    await looks('chat');
  },
  async 'what the agent writes is shown and does nothing'() {
    const shown = await page.evaluate(async (source) => {
      const { markdown } = await import('/markdown.js');
      const element = markdown(source);
      document.querySelector('.msg:last-child').append(element);
      return { html: element.innerHTML, images: element.querySelectorAll('img, script, iframe, object').length, links: [...element.querySelectorAll('a')].map((a) => a.href) };
    }, scene.markdown);
    assert.equal(shown.images, 0);
    assert.deepEqual(shown.links, ['https://example.com/a_b', 'https://example.com/a_b', 'https://evil.example/']);
    const slow = await page.evaluate(async () => {
      const { markdown } = await import('/markdown.js');
      const hostile = ['**a '.repeat(50_000), '`'.repeat(100_000), `${'| '.repeat(20_000)}\n${' '.repeat(50_000)}-`, '[a]('.repeat(30_000), '> '.repeat(2000), '- '.repeat(2000), `${'a'.repeat(3000)}\n`.repeat(100)];
      const began = performance.now();
      const shown = hostile.map((text) => markdown(text).textContent.length > 0);
      return { shown, ms: performance.now() - began };
    });
    console.log(`  texts made to be slow: ${Math.round(slow.ms)} ms`);
    assert.equal(slow.shown.length, 7);
    for (const part of ['<h3>', '<table>', '<ol', '<ul>', '<blockquote>', '<pre', '<del>', '(evil.example)', '1 * 2 * 3', '&lt;img src=x']) assert.ok(shown.html.includes(part), `${part} in ${shown.html}`);
    await page.locator('.msg:last-child .md').scrollIntoViewIfNeeded();
    await picture(page, 'chat-markdown-light');
  },
  async 'the gateway goes, is waited for, and comes back'() {
    await order('gateway', 'stop');
    await until('the word of it', async () => (await page.locator('.strip .is-wait').allInnerTexts()).some((one) => one.includes('gateway')));
    await page.locator('textarea').fill('What is on my list?');
    await page.keyboard.press('Enter');
    await until('the waiting', async () => /Waiting/.test(await text('.msg:last-child')));
    await picture(page, 'chat-no-gateway-light');
    await go('status');
    await until('the retry', async () => /trying again|bridge-debug/.test(await text('.card:nth-child(2)')));
    await picture(page, 'status-no-gateway-light');
    await order('gateway', 'start');
    await go('chat');
    await until('the answer', async () => /two lemons/.test(await text('.msg:last-child')) && (await page.locator('.pending').count()) === 0, 40_000);
  },
  async 'the log is shown, with secrets covered until asked for'() {
    await go('log');
    await until('rows', async () => (await page.locator('.row').count()) > 10);
    await page.locator('input[type=search]').fill('akia');
    await until('the one row', async () => (await page.locator('.row').count()) >= 1 && (await page.locator('.row').count()) < 6);
    assert.ok(!/AKIA[A-Z0-9]{16}|OQ2XCyii/.test(await text('.vlist')), 'a key is shown');
    await page.locator('.row').first().click();
    await until('the row, whole', async () => /••••/.test(await text('.detail')));
    await picture(page, 'log-secret-covered-light');
    await page.getByRole('button', { name: 'Show secrets' }).first().click();
    assert.match(await text('.detail'), /AKIA[A-Z0-9]{16}/);
    await page.keyboard.press('Escape');
  },
  async 'it is filtered by kind, by words and by a pattern'() {
    const search = page.locator('input[type=search]');
    await search.fill('');
    await page.getByRole('button', { name: 'Thinking', exact: true }).dblclick();
    await until('thoughts alone', async () => {
      const kinds = await page.locator('.row .kind').allInnerTexts();
      return kinds.length > 0 && kinds.every((kind) => kind === 'Thinking');
    });
    for (const name of ['To the model', 'Text', 'Tool call', 'Tool result', 'Gap', 'Other']) await page.getByRole('button', { name, exact: true }).click();
    await search.fill('/zzz[0-9]+zzz/');
    await until('nothing', async () => (await page.locator('.row').count()) === 0);
    await search.fill('/(/');
    assert.ok(await search.evaluate((field) => !field.validity.valid));
    await search.fill('');
    await until('all', async () => (await page.locator('.row').count()) > 10);
    const kinds = await page.evaluate(() => [...new Set([...document.querySelectorAll('.row .kind')].map((kind) => kind.textContent))]);
    assert.ok(kinds.length >= 3, kinds.join());
    await looks('log');
  },
  async 'new events come, wait while paused, and are jumped to'() {
    await order('record', 'one more thing to see');
    await until('the event', async () => (await text('.vlist')).includes('one more thing to see'));
    await page.getByRole('button', { name: 'Pause' }).click();
    await order('record', 'this one waits');
    await until('the count', async () => /1 new/.test(await text('.jump')));
    assert.ok(!(await text('.vlist')).includes('this one waits'));
    await picture(page, 'log-paused-light');
    await page.locator('.jump').click();
    await until('the event', async () => (await text('.vlist')).includes('this one waits'));
  },
  async 'flags have votes, evidence and the way to the turn'() {
    await go('flags');
    await until('flags', async () => (await page.locator('.card-row').count()) >= 5);
    assert.match(await page.title(), /^\(\d+\)/);
    await page.keyboard.press('j');
    await until('one of them', async () => /Votes \(\d/.test(await page.locator('.detail').innerText().then((all) => all.replace(/VOTES/, 'Votes'))));
    assert.match(await text('.detail'), /Evidence|EVIDENCE/);
    await looks('flags');
    await page.getByRole('link', { name: 'Show in the log' }).click();
    await until('the place', async () => (await page.locator('.row.chosen .mark').count()) === 1 && (await page.locator('.detail .evidence-flag').count()) >= 1);
    await picture(page, 'log-evidence-light');
  },
  async 'a new flag is announced'() {
    await order('flag', 'something-new');
    await until('the word of it', async () => /something-new/.test(await page.locator('#live').innerText({ timeout: 1000 }).catch(() => page.locator('#live').textContent())));
    await go('flags');
    await until('it, in the list', async () => (await text('.vlist')).includes('something-new'));
    await page.getByRole('button', { name: 'Mark all seen' }).click();
    await until('nothing new', async () => !(await page.title()).startsWith('('));
    // Kept by the bridge: another page knows it as well.
    const other = await context.newPage();
    await other.goto(`${scene.origin}/#/flags`);
    await until('the other page', async () => (await other.locator('.card-row').count()) >= 5 && (await other.locator('.card-row.fresh').count()) === 0);
    await other.close();
  },
  async 'a case has a verdict, facts and files to keep'() {
    await go('cases');
    await page.locator('.card-row').first().click();
    await until('the case', async () => /Verdict/.test(await text('.detail')));
    assert.match(await text('.detail'), /false positive/);
    for (const [name, ends] of [['Export JSON', '.json'], ['Export Markdown', '.md']]) {
      const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name }).click()]);
      assert.ok(file.suggestedFilename().endsWith(ends));
    }
    await looks('cases');
    await page.locator('.detail .plain a').first().click();
    await until('its record', async () => (await page.locator('.view-log .row.chosen').count()) === 1);
  },
  async 'agents and patrol'() {
    await go('agents');
    await until('the agent', async () => /Main agent/.test(await text('.agents-tree')));
    await go('chat');
    await page.locator('textarea').fill('Please delegate the comparison, and what is on my list?');
    await page.keyboard.press('Enter');
    await until('the answer', async () => (await page.locator('.msg.is-done').count()) > 0 && (await page.locator('.pending').count()) === 0);
    await go('agents');
    await until('the sub-agent', async () => /Sub-agent 7f3a91c2/.test(await text('.agents-tree')));
    await looks('agents');
    await go('patrol');
    await until('the sweeps', async () => (await page.locator('.wide tbody tr').count()) >= 3);
    assert.match(await text('.tiles'), /\$/);
    await looks('patrol');
  },
  async 'keys go everywhere'() {
    await page.keyboard.press('3');
    await page.waitForSelector('.view-log');
    await page.keyboard.press('/');
    assert.equal(await page.evaluate(() => document.activeElement.type), 'search');
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await page.waitForSelector('dialog[open]');
    await picture(page, 'keys-light');
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog:not([open])', { state: 'attached' });
    await page.keyboard.press('t');
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
    await page.keyboard.press('t');
    await page.keyboard.press('t');
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), undefined);
    // Until the next frame the focus stays in a dialog that has closed.
    await page.evaluate(() => document.querySelector('#keys button').dispatchEvent(new KeyboardEvent('keydown', { key: 't', bubbles: true })));
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
    await page.keyboard.press('t');
    await page.keyboard.press('t');
  },
  async 'a hundred thousand events are as many as a hundred'() {
    const seen = await page.evaluate(async () => {
      const { Rows } = await import('/rows.js');
      const { VirtualList } = await import('/virtual.js');
      const rows = new Rows();
      const began = performance.now();
      const all = [];
      for (let n = 0; n < 100_000; n += 1) {
        const event = { ts: 1_790_000_000_000 + n, event: 'assistant_message_end', runId: `r${n % 97}`, rawText: `message ${n}`, rawThinking: '' };
        all.push(...rows.take({ file: '20260310T014033.json', start: n * 200, end: n * 200 + 190, event }).fresh);
      }
      const made = performance.now();
      const list = new VirtualList({ height: 26, label: 'many', draw: (row) => Object.assign(document.createElement('div'), { textContent: row.text }) });
      document.querySelector('main').replaceChildren(list.element);
      list.element.style.height = '600px';
      const frame = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      list.show(all);
      await frame();
      const texts = [];
      for (const share of [0, 0.5, 1]) {
        list.scrollTo(share * list.total());
        await frame();
        await frame();
        texts.push(list.inner.textContent.slice(0, 200) + list.inner.lastChild.textContent);
      }
      const filtered = performance.now();
      const few = all.filter((row) => row.text.includes('9999'));
      return { nodes: list.inner.children.length, texts, few: few.length, make: made - began, filter: performance.now() - filtered };
    });
    console.log(`  100 000 events: rows in ${Math.round(seen.make)} ms, filtered in ${Math.round(seen.filter)} ms, ${seen.nodes} elements`);
    assert.ok(seen.nodes < 100);
    assert.match(seen.texts[0], /message 0/);
    assert.match(seen.texts[2], /message 99999$/);
    assert.equal(seen.few, 19);
    await page.reload();
  },
  async 'a bridge that ends is missed, and a new one is found'() {
    await go('status');
    await order('bridge', 'stop');
    await until('the banner', async () => /connection to the bridge was lost|does not answer/.test(await page.locator('#banner').innerText()));
    await picture(page, 'no-bridge-light');
    await order('bridge', 'start');
    await until('the gateway', async () => (await page.locator('.strip .is-ok').allInnerTexts()).some((one) => one.includes('gateway')), 40_000);
    // The same session, and what was said in it.
    await go('chat');
    await until('the history', async () => (await text('.chat-list')).includes('hello'));
  },
  async 'nothing came from elsewhere, and nothing broke'() {
    assert.deepEqual(outside, []);
    // The browser itself reports refused and lost connections.
    const ours = faults.filter((fault) => !/403|WebSocket|ERR_CONNECTION|Failed to load resource/.test(fault));
    assert.deepEqual(ours, []);
  },
  async 'without its pass the page says what to do'() {
    await context.clearCookies();
    await order('bridge', 'restart');
    await until('the banner', async () => /sentrix-bridge link/.test(await page.locator('#banner').innerText()));
    await picture(page, 'no-pass-light');
  },
});
await chrome.close();
process.exit(0);
