// What the page knows, and who wants to hear when it changes.

const listeners = new Map();

export const store = {
  /** 'connecting', 'open', 'down' (no bridge), 'stranger' (no cookie). */
  link: 'connecting',
  retryAt: 0,
  gateway: { up: false, why: '' },
  status: null,
  statusAt: 0,
  agents: [],
  flags: [],
  cases: [],
  escalation: null,
  sweeps: [],
  seen: new Set(),
  patrolEnabled: false,
};

/** Calls when one of these has changed; gives what ends that. */
export function on(names, call) {
  const all = names.split(' ');
  for (const name of all) {
    if (!listeners.has(name)) listeners.set(name, new Set());
    listeners.get(name).add(call);
  }
  return () => all.forEach((name) => listeners.get(name).delete(call));
}

/** Says that something has changed. */
export function changed(name, detail) {
  for (const call of [...(listeners.get(name) || [])]) call(detail);
}

/** Keeps it, and says so. */
export function keep(values) {
  Object.assign(store, values);
  Object.keys(values).forEach((name) => changed(name));
}

const RANK = { critical: 4, high: 3, medium: 2, low: 1, clean: 0 };

/** How bad, as a number. */
export function rank(severity) {
  return RANK[String(severity || '').toLowerCase()] ?? 1;
}

/** Flags and cases that nobody has looked at. */
export function unseen(kind) {
  const id = kind === 'flags' ? 'flag_id' : 'investigation_id';
  return store[kind].filter((item) => !store.seen.has(item[id]));
}

/** The case of a flag. */
export function caseOf(flag) {
  return store.cases.find((one) => one.flag_id && one.flag_id === flag.flag_id);
}

/** A setting of this browser's. */
export function setting(name, value) {
  try {
    if (value === undefined) return localStorage.getItem(`sentrix.${name}`);
    localStorage.setItem(`sentrix.${name}`, value);
  } catch {
    // A browser that keeps nothing still shows everything.
  }
  return value;
}
