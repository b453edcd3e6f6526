// The web client's way: the certificate is accepted on the warning page, then its protocol is spoken from a page on an allowed Origin.

import { createServer } from 'node:http';
import { assert, browser, order, picture, scene, steps, until } from './harness.mjs';

// Speaks as the web client does, and keeps what it hears.
const CLIENT = `<!doctype html><title>client</title><pre id="heard"></pre><script>
  const heard = [];
  function connect(url) {
    const socket = new WebSocket(url);
    window.socket = socket;
    socket.onopen = () => heard.push({ type: 'open' });
    socket.onmessage = (event) => { heard.push(JSON.parse(event.data)); document.getElementById('heard').textContent = heard.map((one) => JSON.stringify(one)).join('\\n'); };
    socket.onclose = (event) => heard.push({ type: 'close', code: event.code, reason: event.reason });
  }
</script>`;

const server = createServer((request, answer) => {
  answer.setHeader('content-type', 'text/html');
  answer.end(CLIENT);
});
await new Promise((resolve) => server.listen(scene.client, 'localhost', resolve));

const chrome = await browser();
const context = await chrome.newContext({ viewport: { width: 1000, height: 700 } });
const page = await context.newPage();
const heard = (type) => page.evaluate((wanted) => heard.filter((one) => one.type === wanted), type);
const connect = () => page.evaluate((url) => { heard.length = 0; connect(url); }, `wss://localhost:${scene.wss}`);
const say = (frame) => page.evaluate((text) => socket.send(text), typeof frame === 'string' ? frame : JSON.stringify(frame));
const chat = (id, text) => say({ type: 'chat', id, payload: { text }, timestamp: new Date().toISOString() });

await steps(page, {
  async 'a certificate that nobody accepted is refused'() {
    await page.goto(`http://localhost:${scene.client}/`);
    await connect();
    await until('the refusal', async () => (await heard('close'))[0]?.code === 1006);
  },
  async 'it is accepted on the warning page'() {
    await page.goto(`https://localhost:${scene.trust}/`).catch(() => {});
    await page.locator('#details-button').click();
    await picture(page, 'certificate-warning');
    await page.locator('#proceed-link').click();
    await until('the trust page', async () => (await page.locator('body').innerText()).includes('Sentrix Bridge is running. You can close this tab.'));
    await page.goto(`https://localhost:${scene.wss}/`).catch(() => {});
    await until('the other port', async () => (await page.locator('body').innerText()).includes('Certificate accepted for WSS'));
  },
  async 'a chat is streamed and answered'() {
    await page.goto(`http://localhost:${scene.client}/`);
    await connect();
    await until('the greeting', async () => (await heard('bridge.ready')).length === 1);
    await chat('msg-1', 'What is on my list?');
    const [answer] = await until('the answer', async () => { const all = await heard('response'); return all.length ? all : null; });
    assert.equal(answer.id, 'msg-1');
    assert.match(answer.payload.text, /two lemons\.$/);
    const deltas = await heard('response.delta');
    assert.ok(deltas.length > 0 && deltas.every((one) => one.id === 'msg-1'));
    assert.equal(deltas.at(-1).payload.accumulated, answer.payload.text);
  },
  async 'the state has what its view needs'() {
    await say({ type: 'get_state' });
    const [state] = await until('the state', async () => { const all = await heard('state'); return all.length ? all : null; });
    assert.deepEqual(Object.keys(state.payload).sort(), ['agents', 'case_files', 'escalation_level', 'flags']);
    assert.equal(state.payload.agents[0].role, 'primary');
    assert.ok(state.payload.case_files.every((one) => one.case_file && one.flag_id && one.concluded_at));
  },
  async 'an answer is stopped in the middle, and odd frames end nothing'() {
    for (const frame of ['[1,2]', 'null', '{"type":"chat","payload":null}', 'no JSON', '{"type":"what"}']) await say(frame);
    await chat('msg-2', 'Tell me a long story');
    await until('the beginning', async () => (await heard('response.delta')).some((one) => one.id === 'msg-2'));
    await say({ type: 'abort' });
    await until('the end', async () => (await heard('response')).some((one) => one.id === 'msg-2' && one.payload.text.endsWith('_(aborted)_')));
  },
  async 'the gateway goes and comes back, and the socket stays open'() {
    await order('gateway', 'stop');
    await chat('msg-3', 'What is on my list?');
    await order('gateway', 'start');
    await until('the answer', async () => (await heard('response')).some((one) => one.id === 'msg-3' && /two lemons/.test(one.payload.text)), 40_000);
    assert.deepEqual(await heard('close'), []);
    await picture(page, 'client');
  },
  async 'a page on another Origin gets nowhere'() {
    await page.goto(`http://127.0.0.1:${scene.client}/`).catch(() => {});
    const other = createServer((request, answer) => { answer.setHeader('content-type', 'text/html'); answer.end(CLIENT); });
    await new Promise((resolve) => other.listen(0, 'localhost', resolve));
    await page.goto(`http://localhost:${other.address().port}/`);
    await connect();
    await until('the refusal', async () => (await heard('close')).length === 1);
    assert.deepEqual(await heard('open'), []);
    other.close();
  },
});
await chrome.close();
server.close();
process.exit(0);
