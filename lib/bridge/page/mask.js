// Secrets are masked until somebody asks to see them. This hides what has a secret's shape from whoever looks over a shoulder; the
// patrol, not this, says what is one.

const SHAPES = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g,
  /\b(?:sk|pk|rk)[-_](?:[a-z]+[-_])*[A-Za-z0-9_-]{12,}/g,
  /\b(?:gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|npm_|hf_|dop_v1_|shpat_)[A-Za-z0-9_-]{10,}/g,
  /\b(?:AKIA|ASIA|AROA)[A-Z0-9]{12,}/g,
  /\bAIza[\w-]{30,}/g,
  /\b(?:[a-z][a-z0-9+.-]*:\/\/[^\s:/@]+):[^\s@/]{3,}@/gi,
  /(?<![\w-])[\w-]{0,32}(?:api[_-]?key|access[_-]?key|secret|token|passw(?:or)?d|passphrase|authorization)[\w-]{0,16}["']?\s{0,3}[:=]\s{0,3}["']?(?!true|false|null|\d+\b)[^\s"',;&]{6,}/gi,
  /\bBearer\s+[\w.~+/-]{12,}=*/g,
  /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b/g,
];

const CARD = /\b\d(?:[ -]?\d){12,18}\b/g;

// By its check digit; milliseconds since 1970 have thirteen digits too.
function isCard(digits) {
  if (digits.length === 13 && digits.startsWith('1')) return false;
  let sum = 0;
  [...digits].reverse().forEach((digit, index) => {
    const twice = Number(digit) * (index % 2 ? 2 : 1);
    sum += twice > 9 ? twice - 9 : twice;
  });
  return sum % 10 === 0;
}

/** The text with its secrets covered. */
export function mask(text) {
  let masked = String(text);
  if (masked.length < 8) return masked;
  for (const shape of SHAPES) masked = masked.replace(shape, cover);
  return masked.replace(CARD, (found) => (isCard(found.replace(/\D/g, '')) ? cover(found) : found));
}

/** Whether there is something to be covered. */
export function isSecret(text) {
  return mask(text) !== String(text);
}

// What stands before a value (a name, a scheme) stays; of the value, two letters at most.
function cover(found) {
  const named = /^([\s\S]*?(?:[:=]\s*["']?|Bearer\s+|:\/\/[^\s:/@]+:))([\s\S]+)$/i.exec(found);
  const [before, value] = named && !found.startsWith('-----') ? [named[1], named[2]] : ['', found];
  return `${before}${value.slice(0, value.length > 12 ? 2 : 0)}••••••`;
}
