// Markdown as elements. What is written by an agent is untrusted: no HTML, no images, links to the web only, and those are shown with
// where they lead.

import { copier, h } from './dom.js';

const LONGEST = 400_000;
// A line, and a paragraph, that is longer was not written to be read as Markdown, perhaps to make us slow: it stays as it is.
const LONGEST_LINE = 4000;
const LONGEST_PARAGRAPH = 8000;

/** The elements of a text. */
export function markdown(text) {
  const source = String(text).slice(0, LONGEST);
  return h('div.md', blocks(source.replace(/\r\n?/g, '\n').split('\n'), 0));
}

function blocks(lines, depth) {
  const out = [];
  let paragraph = [];
  const flush = () => {
    if (paragraph.length) out.push(h('p', inline(paragraph.join('\n'))));
    paragraph = [];
  };
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at];
    if (line.length > LONGEST_LINE) {
      paragraph.push(line);
      continue;
    }
    const fence = /^\s{0,3}(`{3,}|~{3,})\s*([\w+#.-]*)/.exec(line);
    const heading = /^\s{0,3}(#{1,6})\s+(.*?)\s*#*\s*$/.exec(line);
    if (fence) {
      flush();
      const end = until(lines, at + 1, (other) => other.trim().startsWith(fence[1]) && other.trim().length <= fence[1].length + 1);
      out.push(code(lines.slice(at + 1, end).join('\n'), fence[2]));
      at = end;
    } else if (heading) {
      flush();
      out.push(h(`h${Math.min(6, heading[1].length + 2)}`, inline(heading[2])));
    } else if (/^\s{0,3}([-*_])(\s*\1){2,}\s*$/.test(line)) {
      flush();
      out.push(h('hr'));
    } else if (/^\s{0,3}>/.test(line) && depth < 6) {
      flush();
      const end = until(lines, at, (other) => !/^\s{0,3}>/.test(other));
      out.push(h('blockquote', blocks(lines.slice(at, end).map((other) => other.replace(/^\s{0,3}>\s?/, '')), depth + 1)));
      at = end - 1;
    } else if (item(line) && depth < 6) {
      flush();
      const [list, end] = readList(lines, at, depth);
      out.push(list);
      at = end - 1;
    } else if (line.includes('|') && isRule(lines[at + 1])) {
      flush();
      const end = until(lines, at + 2, (other) => !other.includes('|'));
      out.push(table(lines[at], lines.slice(at + 2, end)));
      at = end - 1;
    } else if (line.trim() === '') {
      flush();
    } else {
      paragraph.push(line);
    }
  }
  flush();
  return out;
}

function until(lines, from, ends) {
  let at = from;
  while (at < lines.length && !ends(lines[at])) at += 1;
  return at;
}

function code(text, language) {
  const head = h('div.code-head', h('span', language || 'text'), copier(text));
  return h('div.code', head, h('pre', { tabIndex: 0 }, h('code', text)));
}

function item(line) {
  return /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/.exec(line);
}

function readList(lines, from, depth) {
  const [, indent, mark] = item(lines[from]);
  const ordered = /\d/.test(mark);
  const list = h(ordered ? 'ol' : 'ul');
  if (ordered) list.start = Number.parseInt(mark, 10);
  let at = from;
  while (at < lines.length) {
    const found = item(lines[at]);
    if (!found || found[1].length < indent.length || /\d/.test(found[2]) !== ordered) break;
    const inner = [found[3]];
    const inside = indent.length + 2;
    at += 1;
    while (at < lines.length && belongs(lines, at, inside, indent.length)) {
      inner.push(lines[at].slice(Math.min(inside, lines[at].search(/\S|$/))));
      at += 1;
    }
    const task = /^\[([ xX])\]\s+/.exec(inner[0]);
    if (task) inner[0] = `${task[1] === ' ' ? '☐' : '☑'} ${inner[0].slice(task[0].length)}`;
    const parts = blocks(inner, depth + 1);
    const tight = parts.length && parts[0].tagName === 'P' ? [[...parts[0].childNodes], ...parts.slice(1)] : parts;
    list.append(h('li', tight));
  }
  return [list, at];
}

function belongs(lines, at, inside, indent) {
  const line = lines[at];
  if (line.trim() === '') return at + 1 < lines.length && lines[at + 1].search(/\S|$/) >= inside && lines[at + 1].trim() !== '';
  const depth = line.search(/\S/);
  return depth >= inside || (depth > indent && !item(line)) || (!item(line) && depth > 0);
}

function isRule(line) {
  return line !== undefined && line.length <= LONGEST_LINE && /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/.test(line) && line.includes('-');
}

function cells(line) {
  return line.trim().replace(/^\||\|$/g, '').split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'));
}

function table(head, rows) {
  const row = (line, tag) => h('tr', cells(line).map((cell) => h(tag, inline(cell))));
  return h('div.scroll', { tabIndex: 0 }, h('table', h('thead', row(head, 'th')), h('tbody', rows.map((line) => row(line, 'td')))));
}

// Each pattern with what it becomes; the earliest match wins, the first of the list among equals.
const INLINE = [
  [/(`+)([\s\S]*?[^`])\1(?!`)/, (m) => h('code', m[2].replace(/^ (.+) $/, '$1'))],
  [/\\([\\`*_{}[\]()#+\-.!|<>~])/, (m) => m[1]],
  [/!\[([^\]]*)\]\(([^()\s]*(?:\([^()\s]*\)[^()\s]*)*)[^)]*\)/, (m) => h('span.image', { title: m[2] }, `[image not loaded: ${m[1] || 'without a name'}]`)],
  [/\[([^\]]+)\]\(([^()\s]*(?:\([^()\s]*\)[^()\s]*)*)(?:\s+"[^"]*")?\)/, (m, _) => link(m[2], inline(m[1], true))],
  [/\*\*(?=\S)([\s\S]*?\S)\*\*/, (m) => h('strong', inline(m[1]))],
  [/(?<![\w_])__(?=\S)([\s\S]*?\S)__(?![\w_])/, (m) => h('strong', inline(m[1]))],
  [/(?<![*\w])\*(?=[^\s*])([^*]*?[^\s*])\*(?![*\w])/, (m) => h('em', inline(m[1]))],
  [/(?<![\w_])_(?=[^\s_])([^_]*?[^\s_])_(?![\w_])/, (m) => h('em', inline(m[1]))],
  [/~~(?=\S)([\s\S]*?\S)~~/, (m) => h('del', inline(m[1]))],
  [/<?(https?:\/\/[^\s<>"')\]]*[^\s<>"')\].,:;!?])>?/, (m, _) => link(m[1], [m[1]])],
  [/ {2,}\n|\\\n|\n/, () => h('br')],
];

// Inside of a link there is no other link.
function inline(text, linked = false) {
  if (text.length > LONGEST_PARAGRAPH) return [h('span.pre', text)];
  const out = [];
  let rest = text;
  // Bounded: a text made to be slow is shown as it is.
  for (let steps = 0; rest && steps < 5000; steps += 1) {
    let best = null;
    for (const [pattern, make] of INLINE) {
      if (linked && make.length > 1) continue;
      const match = pattern.exec(rest);
      if (match && (!best || match.index < best.match.index)) best = { match, make };
      if (best && best.match.index === 0) break;
    }
    if (!best) break;
    if (best.match.index) out.push(rest.slice(0, best.match.index));
    out.push(best.make(best.match));
    rest = rest.slice(best.match.index + best.match[0].length);
  }
  if (rest) out.push(rest);
  return out;
}

function link(target, children) {
  let url;
  try {
    url = new URL(target);
  } catch {
    return h('span', children, ` (${target})`);
  }
  if (!['http:', 'https:', 'mailto:'].includes(url.protocol)) return h('span', children, ` (${target})`);
  const shown = children.map((child) => (child instanceof Node ? child.textContent : child)).join('');
  // Words that lead elsewhere than they say are how people are led astray.
  const where = shown.includes(url.host) || url.protocol === 'mailto:' ? null : h('span.where', ` (${url.host})`);
  return h('span', h('a', { href: url.href, target: '_blank', rel: 'noopener noreferrer nofollow', title: url.href }, children), where);
}
