// A tap whose sockets are not mounted: everything between the sandbox and its model goes over an exec.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { docker, Place } from './porcelain.mjs';

const place = new Place();
const BOX = join(process.env.SENTRIX_BIN ?? join(import.meta.dirname, '..', '..', 'target', 'release'), 'sentrix-box');
after(() => place.remove());

test('with --tap-by exec a chat is answered and recorded, nothing is mounted, and a cut carrier ends the run', async () => {
  const run = place.run(['--provider', 'demo', '--nobridge', '--tap-by', 'exec']);
  await run.says('carried over an exec');
  const chat = place.sentrix('chat', '-m', 'hello');
  assert.equal(chat.status, 0, chat.stderr);
  assert.match(chat.stdout, /not a language model/);
  assert.ok(place.events().some((event) => event.event === 'llm_exchange'), 'the exchange is in the record');

  const [inspect] = JSON.parse(docker('inspect', place.id()));
  assert.equal(inspect.HostConfig.NetworkMode, 'none');
  assert.deepEqual(inspect.Mounts.map((mount) => mount.Destination).filter((to) => to.startsWith('/run/tap')), []);
  assert.match(inspect.HostConfig.Tmpfs['/run/tap'], /uid=10003/);
  execFileSync(BOX, ['explain', '--log-dir', place.logs], { env: place.env, stdio: 'pipe' });

  // The gateway's user, whose programs are the agent's: it can neither replace the sockets nor reach past the relay.
  for (const attempt of ['rm /run/tap/llm.sock', 'mv /run/tap/llm.sock /run/tap/old.sock', 'touch /run/tap/new', 'chmod 777 /run/tap']) {
    const refused = `${attempt} 2>/dev/null && exit 1; exit 0`;
    docker('exec', '-u', '10001:10001', place.id(), 'sh', '-c', refused);
  }
  const direct = 'require("net").connect("/run/tap/llm.sock").on("error",(e)=>process.exit(e.code==="EACCES"?0:1)).on("connect",()=>process.exit(2))';
  docker('exec', '-u', '10001:10001', place.id(), 'node', '-e', direct);

  process.kill(Number(place.children().carry), 'SIGKILL');
  const { code } = await run.ended;
  assert.equal(code, 4, run.output);
  assert.match(run.output, /the way to the tap is gone/);
  assert.deepEqual(place.left(), []);
});
