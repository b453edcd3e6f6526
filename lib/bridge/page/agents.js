// The agents: the main one and those that it has started.

import { command, empty, facts, fill, h } from './dom.js';
import { ago, count, short } from './format.js';
import { say } from './socket.js';
import { on, rank, store } from './store.js';

let view = null;
let asked = 0;

/** The element of this part. */
export function build() {
  const tree = h('div.agents-tree');
  view = { tree, element: h('section.agents', h('div.bar', h('h1', 'Agents')), h('div.page', tree)) };
  drawAll();
  return view.element;
}

/** Comes into sight. */
export function show() {
  refresh();
}

function refresh() {
  asked = Date.now();
  say({ type: 'get_state' });
}

on('agents flags status', () => { if (view?.element.isConnected) drawAll(); });
on('second', () => { if (view?.element.isConnected && Date.now() - asked > 3000) refresh(); });

function drawAll() {
  const main = store.agents.filter((agent) => agent.role === 'primary');
  const subs = store.agents.filter((agent) => agent.role !== 'primary');
  const sandbox = store.status?.sandbox;
  if (!main.length) {
    fill(view.tree, empty('Not known yet', 'The bridge tells of the agents as soon as it is there.'));
    return;
  }
  fill(view.tree,
    sandbox && sandbox.state !== 'ok' ? h('p.notice', sandbox.detail, '. ', sandbox.fix ? command(sandbox.fix) : null) : null,
    main.map((agent) => card(agent, true)),
    subs.length ? h('div.subs', subs.map((agent) => card(agent, false))) : h('p.dim', 'No sub-agent was heard of in the last half hour. They are shown here with what they do.'));
}

function card(agent, primary) {
  const flags = primary ? store.flags.filter((flag) => flag.target_agent_id === 'main' || !flag.target_agent_id) : store.flags.filter((flag) => flag.target_agent_id === agent.id);
  const worst = flags.reduce((most, flag) => (rank(flag.severity) > rank(most) ? flag.severity : most), 'clean');
  return h('article.card', { class: `is-${agent.status === 'working' ? 'ok' : 'off'}` },
    h('header', h('i.dot', { 'aria-hidden': 'true' }), h('h2', agent.name), h('span.tag', agent.status), h('span.spring'),
      flags.length ? h('a.sev', { href: '#/flags', class: `sev-${worst}` }, `${count(flags.length)} flags`) : h('span.dim', 'no flags')),
    facts([
      ['Session', h('code', agent.sessionKey || '')], ['Risk', agent.riskScore],
      [agent.status === 'working' ? 'Run' : 'Last run', agent.runId ? h('a', { href: '#/log' }, h('code', short(agent.runId))) : ''],
      ['Last heard', agent.lastSeen ? ago(agent.lastSeen) : ''],
    ]));
}
