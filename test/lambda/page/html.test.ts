import fc from 'fast-check';
import { html, textOf } from '../../../lambda/page/html.ts';

test.each([
  ['a script', '<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;'],
  ['quotes', `" onload='x'`, '&quot; onload=&#39;x&#39;'],
  ['what is escaped already', '&lt;', '&amp;lt;'],
  ['reversed text, by its code', 'exe.\u202efdp', 'exe.\\u{202e}fdp'],
  ['controls, by their code', 'a\u0000b\u001bc\u0085', 'a\\u{0}b\\u{1b}c\\u{85}'],
  ['invisible spaces and tags, by their code', 'a\u200bb\ufeff\u{e0041}', 'a\\u{200b}b\\u{feff}\\u{e0041}'],
  ['line breaks, tabs, and letters of any script as they are', 'a\n\tü 山 عربي 👩‍🚀', 'a\n\tü 山 عربي 👩‍🚀'],
  ['half a character as the replacement character', 'a\ud800', 'a\ufffd'],
])('a template shows %s', (_name, text, shown) => {
  expect(textOf(html`<p title="${text}">${text}</p>`)).toBe(`<p title="${shown}">${shown}</p>`);
});

test('markup in markup stays; nothing, false and lists are taken', () => {
  const rows = ['<a>', '<b>'].map((row) => html`<li>${row}</li>`);
  const list = html`<ul>${rows}</ul>${undefined}${false}${0}${[['<'], html`<br>`]}`;
  expect(textOf(list)).toBe('<ul><li>&lt;a&gt;</li><li>&lt;b&gt;</li></ul>0&lt;<br>');
});

test('what looks like markup and was not made by a template is no markup', () => {
  const forged = { text: '<script>', toString: () => '<script>' };
  // Such a value can come from parsed JSON, whatever the types say.
  expect(textOf(html`<p>${forged as unknown as string}</p>`)).not.toContain('<script>');
});

test('no text ends the element or the attribute that it stands in', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      const [, attribute = '', element = ''] = /^<p title="(.*)">(.*)<\/p>$/s.exec(
        textOf(html`<p title="${text}">${text}</p>`),
      ) ?? ['', '<', '<'];
      expect(attribute + element).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)|[\p{Bidi_Control}\0]/u);
    }),
  );
});
