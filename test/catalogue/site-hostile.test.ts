/** Definitions made to break out: of their text, of an attribute, of their folder. They stay text in their own place. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { folderNames } from '../../src/catalogue/pages/address.ts'
import { escapeText, html, said } from '../../src/catalogue/pages/markup.ts'
import type { JsonObject } from '../../src/wire/json-types.ts'
import { readMarkup, siteOf } from '../fixtures/catalogue-site.ts'

const payloads = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</code></pre></figure><script src=//evil.example/x.js></script>',
  '</title><script>alert(1)</script>',
  '<!-- <a href="https://evil.example">click</a> -->',
  '&lt;script&gt;&#x3c;b&#x3e;',
  '[click](https://evil.example) https://evil.example/path javascript:alert(1)',
  '$'.concat('{alert(1)} {{7*7}} `code` \\u003cscript\\u003e'),
  '\u202egnp.exe\u2066 \u200bzero \u{e0041}\u{e0042} \u001b[31mred\u0000',
  ']]></script><svg onload=alert(1)>',
]

const hostileTool = (name: string, payload: string): JsonObject => ({
  name,
  title: payload,
  description: `Deletes everything. ${payload}\n\n${payload}`,
  inputSchema: {
    type: 'object',
    properties: {
      [payload]: { type: 'string', description: payload, enum: [payload, 'b'], default: payload },
      path: { type: 'string', description: `path ${payload}`, pattern: payload, format: payload },
      action: { type: 'string', enum: ['delete', payload] },
      __proto__x: { type: payload },
    },
    required: [payload, 'path'],
  },
  outputSchema: { type: 'object', properties: { [payload]: { type: 'string' } } },
  annotations: { readOnlyHint: true, destructiveHint: payload, [payload]: true },
})

const names = [
  '../../x',
  'index',
  'index.html',
  'index.json',
  '..',
  '.',
  '',
  ' ',
  'a/b',
  'A/B',
  'a\\b',
  'CON',
  'con',
  'nul',
  '__proto__',
  'constructor',
  'x'.repeat(300),
  '\u202eevil',
  'ｉｎｄｅｘ',
  'naïve',
  '<b>',
  '%2e%2e%2f',
  'a?b#c',
  'Same',
  'same',
  'SAME',
  'x.js',
  'x.html',
]

test('hostile names have folders of their own, inside the site, different also where case is not', () => {
  const folders = folderNames(names)
  expect(
    folders.filter(each => !/^[a-z0-9_][a-z0-9._-]*$/.test(each) || each.endsWith('.') || each.includes('..')),
  ).toEqual([])
  expect(new Set(folders).size).toBe(names.length)
  expect(folders.filter(each => /^(?:index\.(?:html|json)|con|nul|x\.(?:js|html))$/.test(each))).toEqual([])
})

test('any names whatever: as many folders, all of them plain', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 40 }), { maxLength: 12 }), list => {
      const folders = folderNames(list)
      return (
        new Set(folders).size === list.length &&
        folders.every(each => /^[a-z0-9_][a-z0-9._-]*$/.test(each) && !each.includes('..') && each.length <= 100)
      )
    }),
    { numRuns: 2_000 },
  )
})

test('any text stays text, in content and in an attribute', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), text => {
      const markup = html`<p title="${text}">${text}</p><blockquote>${said(text)}</blockquote>`.markup
      const { elements, faults } = readMarkup(markup)
      const made = elements.filter(each => each.tag !== 'span').map(each => each.tag)
      return faults.length === 0 && made.join() === 'p,blockquote' && !/[<>"']/.test(escapeText(text))
    }),
    { numRuns: 5_000 },
  )
})

/** What our own pages may hold, whatever a server says: no element, attribute or address comes from its texts. */
const ownTags = new Set(
  'html head meta title link script body a header nav main footer p h1 h2 h3 ol ul li dl dt dd div span section aside code pre figure figcaption button details summary blockquote q mark strong em kbd table thead tbody tr th td svg rect time search label input select option'.split(
    ' ',
  ),
)
const ownAttributes = new Set(
  'lang charset name content http-equiv rel type href src defer class id aria-label aria-current aria-hidden aria-keyshortcuts focusable tabindex title scope viewbox preserveaspectratio x y width height datetime open role hidden for spellcheck value data-words data-grade data-can data-flags data-kind data-list data-points data-tools data-tokens'.split(
    ' ',
  ),
)

/** Folders of the site, its fragments, its start page with a flag chosen, its icon, its address. */
const ownAddress =
  /^(?:[a-z0-9._/#-]+|\.\.\/\?flag=[a-z_]+|data:image\/svg\+xml,[^<>"]*|https:\/\/catalogue\.example\.com\/tools\/[a-z0-9._/-]*)$/i
const unseen = /(?!\n)[\p{Cc}\p{Cf}]/u

test.each(payloads)('payload %# stays text on every page', payload => {
  const tools = names.slice(0, 12).map(name => hostileTool(name, payload))
  const { site } = siteOf([...tools, hostileTool(payload, payload)], {
    title: payload,
    description: payload,
    package: payload,
    repository: payload,
    licence: payload,
    registryName: payload,
    instructions: payload.repeat(60),
    notes: [payload],
    origin: payload,
    prompts: [{ name: payload }],
    history: [{ version: payload, scannedAt: payload, added: [payload], changed: [], removed: [] }],
    functions: { within: payload, call: payload, note: payload, definitions: [hostileTool('inner', payload)] },
  })
  const faults: string[] = []
  for (const path of site.paths.filter(each => each.endsWith('.html') && !each.startsWith('attacks/'))) {
    const source = site.file(path)?.text ?? ''
    const markup = readMarkup(source)
    faults.push(...markup.faults)
    for (const { tag, attributes } of markup.elements) {
      if (!ownTags.has(tag)) faults.push(`${path}: <${tag}>`)
      for (const name of attributes.keys())
        if (!ownAttributes.has(name.toLowerCase())) faults.push(`${path}: ${tag} ${name}`)
      const href = attributes.get('href') ?? attributes.get('src')
      if (href !== undefined && !ownAddress.test(href)) faults.push(`${path}: ${href}`)
    }
    if (unseen.test(source)) faults.push(`${path}: an invisible character`)
  }
  expect(faults.slice(0, 10)).toEqual([])
  const outside = site.paths.filter(path => path.includes('..') || path.startsWith('/') || /[^a-z0-9._/-]/i.test(path))
  expect(outside).toEqual([])
})

test('a description of 100,000 characters is collapsed and cut, and costs its page little', () => {
  const { site } = siteOf([
    { name: 'long', description: `Reads a thing. ${'word '.repeat(20_000)}`, inputSchema: { type: 'object' } },
  ])
  const page = site.file('servers/hostile/long/index.html')?.text ?? ''
  expect(page.length).toBeLessThan(60_000)
  expect(page).toContain('<summary>The description in full, 100,015 characters</summary>')
  expect(page).toContain('(cut here)')
})

test('hundreds of parameters and tools keep pages readable', () => {
  const properties = Object.fromEntries(Array.from({ length: 900 }, (_, at) => [`p${at}`, { type: 'string' }]))
  const tools = Array.from({ length: 300 }, (_, at) => ({
    name: `tool_${at}`,
    description: 'Reads.',
    inputSchema: { type: 'object', properties },
  }))
  const { site } = siteOf(tools)
  expect((site.file('servers/hostile/tool_7/index.html')?.text ?? '').length).toBeLessThan(60_000)
  expect((site.file('servers/hostile/index.html')?.text ?? '').length).toBeLessThan(400_000)
}, 60_000)

test('a tool whose name no gateway pins is told so, and gets no rule', () => {
  const { site, catalogue } = siteOf([hostileTool('../../x', 'plain')])
  const folder = catalogue.servers[0]?.tools[0]?.folder ?? ''
  const page = site.file(`servers/hostile/${folder}/index.html`)?.text ?? ''
  expect(page).toContain('the gateway refuses to pin a definition with such a name')
  expect(page).not.toContain('rate_limit')
})

test('invisible characters are shown, and an escape that was always text is told from one that was not', () => {
  const shown = said('a\u202eb \\u202e').markup
  expect(shown).toBe('a<span class="unseen" title="invisible character">\\u202e</span>b \\u202e')
})
