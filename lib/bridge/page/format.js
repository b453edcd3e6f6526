// Times, sizes and names, for people.

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
const DAY = new Intl.DateTimeFormat(undefined, { year: 'numeric', month: 'short', day: '2-digit' });

/** Milliseconds since 1970, from whatever tells a time; NaN where nothing does. */
export function millis(time) {
  if (typeof time === 'number') return time > 1e12 ? time : time * 1000;
  if (typeof time !== 'string') return NaN;
  return Date.parse(/[zZ]|[+-]\d\d:?\d\d$/.test(time) ? time : `${time}Z`);
}

/** The time of day. */
export function clock(time) {
  const at = millis(time);
  return Number.isFinite(at) && at > 0 ? CLOCK.format(at) : '--:--:--';
}

/** Day and time. */
export function moment(time) {
  const at = millis(time);
  return Number.isFinite(at) && at > 0 ? `${DAY.format(at)}, ${CLOCK.format(at)}` : 'unknown time';
}

/** How long ago, or how long until, in one unit. */
export function ago(time, now = Date.now()) {
  const at = millis(time);
  if (!Number.isFinite(at) || at <= 0) return 'never';
  const past = now - at;
  const words = span(Math.abs(past) / 1000);
  return past >= 0 ? `${words} ago` : `in ${words}`;
}

/** A number of seconds, in one or two units. */
export function span(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min${s < 600 && s % 60 ? ` ${s % 60} s` : ''}`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h${s % 3600 >= 60 ? ` ${Math.floor((s % 3600) / 60)} min` : ''}`;
  return `${Math.floor(s / 86_400)} d`;
}

/** A number of bytes. */
export function bytes(count) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  let value = Number(count) || 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** A number with its thousands apart. */
export function count(number) {
  return Number.isFinite(Number(number)) ? Number(number).toLocaleString('en').replaceAll(',', '\u202f') : '0';
}

/** The beginning of an id. */
export function short(id) {
  return String(id || '').slice(0, 8);
}

/** 0 to 1 as per cent. */
export function percent(share) {
  return Number.isFinite(share) ? `${Math.round(share * 100)} %` : '';
}

/** pii_leak as "pii leak". */
export function words(name) {
  return String(name || '').replaceAll('_', ' ');
}

/** When a log file was begun, from its name. */
export function fileTime(name) {
  const at = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)/.exec(name || '');
  return at ? Date.UTC(at[1], at[2] - 1, at[3], at[4], at[5], at[6]) : NaN;
}
