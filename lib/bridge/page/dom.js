// Building the page. Text is always text: nothing that came from elsewhere is ever parsed as HTML.

const SVG = 'http://www.w3.org/2000/svg';

/** An element: h('p.note', {title: 'x', onclick: f}, 'text', node, [more]). */
export function h(name, props, ...children) {
  const [tag, ...classes] = name.split('.');
  const element = document.createElement(tag || 'div');
  if (classes.length) element.className = classes.join(' ');
  if (props !== null && props !== undefined && (typeof props !== 'object' || props instanceof Node || Array.isArray(props))) {
    children.unshift(props);
    props = null;
  }
  for (const [key, value] of Object.entries(props || {})) set(element, key, value);
  add(element, children);
  return element;
}

function set(element, key, value) {
  if (value === null || value === undefined || value === false) return;
  if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
  else if (key === 'class') element.className += ` ${value}`;
  else if (key === 'data') Object.assign(element.dataset, value);
  else if (key in element && key !== 'list' && key !== 'form') element[key] = value;
  else element.setAttribute(key, value === true ? '' : value);
}

function add(element, children) {
  for (const child of children.flat(3)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
}

/** Puts other children into an element. */
export function fill(element, ...children) {
  element.replaceChildren();
  add(element, children);
  return element;
}

const ICONS = {
  status: 'M2 8h3l2-5 3 10 2-5h2',
  chat: 'M2.500 3.500h11v7h-6l-3 2.500v-2.500h-2z',
  log: 'M3 4h10M3 8h10M3 12h6',
  flags: 'M4 14V2.500h8.500L10.500 5.500l2 3H4',
  cases: 'M2.500 5.500h11v7.500h-11zM6 5.500V3.500h4v2',
  agents: 'M8 8a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5zM3 13.500c.5-2.500 2.500-3.700 5-3.700s4.500 1.200 5 3.700',
  patrol: 'M8 2l5 2v4c0 3.200-2.200 5.200-5 6-2.800-.8-5-2.800-5-6V4zM6 8l1.500 1.500L10.500 6.500',
};

/** A small drawing; it says nothing that is not written beside it. */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  const attributes = { viewBox: '0 0 16 16', width: 16, height: 16, 'aria-hidden': 'true', class: 'icon' };
  for (const [key, value] of Object.entries(attributes)) svg.setAttribute(key, value);
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  return svg;
}

/** A button that copies a text. */
export function copier(text, label = 'Copy') {
  const button = h('button.quiet.small', { type: 'button', 'aria-label': `${label} to the clipboard` }, label);
  button.addEventListener('click', async (event) => {
    event.stopPropagation();
    try {
      await navigator.clipboard.writeText(typeof text === 'function' ? text() : text);
      button.textContent = 'Copied';
    } catch {
      button.textContent = 'Not allowed';
    }
    setTimeout(() => { button.textContent = label; }, 1200);
  });
  return button;
}

/** A command to be typed, with a button that copies it. */
export function command(text) {
  return h('span.command', h('code', text), copier(text));
}

/** A severity, as a word with a colour. */
export function severity(word) {
  const name = String(word || 'none').toLowerCase();
  return h(`span.sev.sev-${/^[a-z]+$/.test(name) ? name : 'none'}`, name);
}

/** Facts as a list of names and values; empty ones are left out. */
export function facts(pairs) {
  const known = pairs.filter(([, value]) => value !== null && value !== undefined && value !== '');
  return h('dl.facts', known.map(([name, value]) => [h('dt', name), h('dd', value)]));
}

/** Says that there is nothing, and what to do. */
export function empty(title, text, ...more) {
  return h('div.empty', h('h3', title), h('p', text), ...more);
}

/** Gives the browser a file to keep. */
export function download(name, kind, text) {
  const url = URL.createObjectURL(new Blob([text], { type: kind }));
  const link = h('a', { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
