/** What the documents name exists: links, files, npm scripts, error codes, and the tests that hold the promises. */
import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'
import { errorCodes } from '../../src/errors.ts'

const documents = ['*.md', 'docs/**/*.md'].flatMap(pattern => globSync(pattern)).sort()
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }

function matches(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map(match => match[1] ?? '')
}

/** `document: item` for every item in any document that does not hold. */
function broken(pattern: RegExp, holds: (item: string, document: string) => boolean): readonly string[] {
  return documents.flatMap(document =>
    matches(readFileSync(document, 'utf8'), pattern)
      .filter(item => !holds(item, document))
      .map(item => `${document}: ${item}`),
  )
}

test('links lead somewhere', () => {
  const links = broken(/\]\((?!https?:|mailto:)([^)\s]+)\)/g, (link, document) => {
    const [path = '', anchor] = link.split('#')
    const target = path === '' ? document : normalize(join(dirname(document), path))
    if (!existsSync(target)) return false
    if (anchor === undefined || statSync(target).isDirectory()) return true
    const headings = matches(readFileSync(target, 'utf8'), /^#+ (.*)$/gm)
    return headings.map(slugOf).includes(anchor)
  })
  expect(links).toEqual([])
})

test('files of the repository that documents name exist', () => {
  expect(broken(/`((?:src|test|bench|scripts|docs|schemas)\/[\w./-]*)`/g, existsSync)).toEqual([])
})

test('npm scripts that documents name exist', () => {
  const scripts = broken(/npm run (?:-s )?([a-z][\w-]*(?::[\w-]+)*)/g, name => manifest.scripts[name] !== undefined)
  expect(scripts).toEqual([])
})

test('error codes that documents name exist', () => {
  const codes: readonly string[] = errorCodes()
  expect(broken(/\b(ERR_[A-Z_]*[A-Z]\b(?!_?\*))/g, code => codes.includes(code))).toEqual([])
})

test('every promise names tests that exist, or says that it is not made yet', () => {
  const page = readFileSync('docs/promises.md', 'utf8')
  const promises = page.split(/^## (?=P\d)/m).slice(1)
  expect(promises.map(part => part.slice(0, 2))).toEqual(['P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'P7', 'P8'])
  for (const promise of promises) {
    const held = [...promise.matchAll(/^- `((?:src|test)\/[^`]+)`: (.+)$/gm)]
    for (const [, file = '', title = ''] of held) {
      expect(existsSync(file), file).toBe(true)
      expect(readFileSync(file, 'utf8'), file).toContain(title)
    }
    if (held.length === 0) expect(promise, promise.slice(0, 40)).toContain('*Later.*')
  }
})

/** The anchor GitHub makes of a heading. */
function slugOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-')
}
