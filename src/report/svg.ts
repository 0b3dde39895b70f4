type Attributes = Readonly<Record<string, string | number>>;

/** One SVG element; `children` are elements, not text. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const pairs = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${typeof value === 'number' ? round(value) : escape(value)}"`,
  );
  return children.length === 0
    ? `<${name}${pairs.join('')}/>`
    : `<${name}${pairs.join('')}>${children.join('')}</${name}>`;
}

/** A line of text. */
export function text(content: string, attributes: Attributes): string {
  return element('text', attributes, escape(content));
}

/** A whole picture, white behind. */
export function picture(width: number, height: number, ...children: readonly string[]): string {
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    'font-family': 'sans-serif',
    'font-size': 12,
  };
  return `${element('svg', attributes, element('rect', { width, height, fill: 'white' }), ...children)}\n`;
}

/** Round numbers from 0 to at most `end`, about five of them. */
export function ticksTo(end: number): number[] {
  if (!(end > 0)) return [0];
  const power = 10 ** Math.floor(Math.log10(end / 5));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power * 6 > end) ?? 10);
  return Array.from({ length: Math.floor(end / step + 1e-9) + 1 }, (_, index) =>
    Number((index * step).toPrecision(12)),
  );
}

/** Text as it may stand in HTML, SVG and their attributes. */
export function escape(value: string): string {
  return value.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function round(value: number): string {
  return String(Number(value.toFixed(2)));
}
