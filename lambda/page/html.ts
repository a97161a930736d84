/** Markup that only `html` makes. Anything else is text, and is escaped wherever it stands. */
export interface Markup {
  readonly [MARKUP]: string;
}

/** What a template takes: text, markup, and lists of both. Undefined and false become nothing. */
export type Content = string | number | Markup | undefined | false | readonly Content[];

// Not exported, so no other file can declare a text to be markup.
const MARKUP = Symbol('markup');

/**
 * Makes markup from a template. Every value is escaped, so it stays text, in an element and in a quoted attribute. Attributes
 * must have quotes, and no value may stand where a tag, a name, a style or a script is.
 */
export function html(parts: TemplateStringsArray, ...values: Content[]): Markup {
  const text = parts.reduce((before, part, index) => `${before}${rendered(values[index - 1])}${part}`);
  return { [MARKUP]: text };
}

/** The text of markup, to be sent. */
export function textOf(markup: Markup): string {
  return markup[MARKUP];
}

function rendered(content: Content): string {
  if (content === undefined || content === false) return '';
  if (typeof content === 'string' || typeof content === 'number') return escaped(String(content));
  if (isList(content)) return content.map(rendered).join('');
  return content[MARKUP];
}

function isList(content: Markup | readonly Content[]): content is readonly Content[] {
  return Array.isArray(content);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Invisible characters that change what people read: controls, reversed text, invisible spaces and tags. The page shows their
 * codes, so that an auditor notices them. Line breaks and tabs stay.
 */
const UNSEEN =
  /[^\P{Cc}\n\t]|\p{Bidi_Control}|[\p{Zl}\p{Zp}\u00ad\u200b\u2060-\u2064\ufeff\u{e0000}-\u{e007f}]/gu;

function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(UNSEEN, (unseen) => `\\u{${unseen.codePointAt(0)?.toString(16)}}`)
    .replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
