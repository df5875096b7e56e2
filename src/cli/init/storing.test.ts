import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { clientFileIn, codexText, cursorText, planIn } from '../../../test/fixtures/init-plan.ts'
import { storeAll } from './storing.ts'
import { undoAll } from './undoing.ts'

const stamp = { madeAt: '2026-11-22', id: '0123456789abcdef' }

function machine() {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-store-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const [cursor, codex, out] = ['cursor.json', 'codex.toml', 'out'].map(name => join(folder, name)) as [
    string,
    string,
    string,
  ]
  writeFileSync(cursor, cursorText, { mode: 0o644 })
  writeFileSync(codex, codexText, { mode: 0o600 })
  const snapshot = () =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name))
      .map(file => `${relative(folder, file)} ${statSync(file).mode.toString(8)} ${readFileSync(file, 'latin1')}`)
      .sort()
  const outcomes = () => Object.fromEntries(undoAll(out).map(({ file, outcome }) => [relative(folder, file), outcome]))
  return { folder, cursor, codex, out, snapshot, outcomes, store: () => storeAll(out, planIn(folder), stamp) }
}

test('cut off at any step of writing or of undoing: nothing is half-written, and undo brings every byte back', () => {
  const here = machine()
  const before = here.snapshot()
  const script = new URL('../../../test/fixtures/killed-init.ts', import.meta.url).pathname
  const said = JSON.parse(execFileSync(process.execPath, [script, here.folder], { encoding: 'utf8' })) as {
    storing: number
    undoing: number
    problems: readonly string[]
  }
  expect(said.problems).toEqual([])
  expect([said.storing > 30, said.undoing > 10]).toEqual([true, true])
  expect(here.snapshot()).toEqual(before)
})

test('an edit made while the person decided is kept, before and after undo', () => {
  const here = machine()
  const plan = planIn(here.folder)
  writeFileSync(here.cursor, cursorText.replace('"o"', '"changed meanwhile"'))
  storeAll(here.out, plan, stamp)
  expect(readFileSync(here.cursor, 'utf8')).toContain('changed meanwhile')
  expect(readFileSync(here.cursor, 'utf8')).toContain('/mcp/files')
  undoAll(here.out)
  expect(readFileSync(here.cursor, 'utf8')).toBe(cursorText.replace('"o"', '"changed meanwhile"'))
})

test('an entry that changed while the person decided is theirs: nothing is written at all', () => {
  const here = machine()
  const plan = planIn(here.folder)
  writeFileSync(here.cursor, cursorText.replace('x@1.0.0', 'x@2.0.0'))
  const before = here.snapshot()
  expect(() => storeAll(here.out, plan, stamp)).toThrow('changed meanwhile')
  expect(here.snapshot()).toEqual(before)
})

test('in files changed since, undo puts back the entries and leaves every other edit', () => {
  const here = machine()
  here.store()
  const written = readFileSync(here.cursor, 'utf8')
  // as Claude Code does with its own file at every start
  writeFileSync(here.cursor, written.replace('"other": { "command": "o" }', '"other": { "command": "mine" }'))
  writeFileSync(here.codex, `${readFileSync(here.codex, 'utf8')}\n[tui]\ntheme = "x"\n`)
  expect(here.outcomes()).toMatchObject({ 'cursor.json': 'entries', 'codex.toml': 'entries' })
  // the entry has its own bytes again, comment and all
  expect(readFileSync(here.cursor, 'utf8')).toBe(cursorText.replace('"o"', '"mine"'))
  expect(readFileSync(here.codex, 'utf8')).toContain('command = "npx"')
  expect(readFileSync(here.codex, 'utf8')).toContain('[tui]\ntheme = "x"')
  expect(statSync(here.cursor).mode & 0o777).toBe(0o644)
  expect(readdirSync(here.folder).sort()).toEqual(['codex.toml', 'cursor.json'])
})

test('an own setting added to a rewired entry stays when its connection is put back', () => {
  const here = machine()
  here.store()
  writeFileSync(
    here.cursor,
    readFileSync(here.cursor, 'utf8').replace('"url": "http', '"alwaysLoad": true, "url": "http'),
  )
  expect(here.outcomes()['cursor.json']).toBe('entries')
  const text = readFileSync(here.cursor, 'utf8')
  expect(text).toContain('"alwaysLoad": true')
  expect(text).toContain('x@1.0.0')
  expect(text).not.toContain('7777')
})

test('what undo cannot put back is kept with its text from before, until the person lets go of it', () => {
  const here = machine()
  here.store()
  writeFileSync(here.cursor, '{"mine": 1}')
  writeFileSync(join(here.out, 'policies/files.yaml'), 'edited by hand\n')
  const undone = undoAll(here.out)
  const kept = undone.find(({ file }) => file === here.cursor)
  expect(readFileSync(kept?.backup ?? '', 'utf8')).toBe(cursorText)
  expect(statSync(kept?.backup ?? '').mode & 0o777).toBe(0o600)
  expect(undone.map(({ outcome }) => outcome)).toEqual(['restored', 'kept', 'kept', 'removed'])
  // twice: only what is left, and nothing that was put back is touched again
  writeFileSync(here.codex, 'model = "new"\n')
  expect(undoAll(here.out).map(({ file }) => file)).toEqual([here.cursor])
  undoAll(here.out, { isLetGo: true })
  expect(readFileSync(here.cursor, 'utf8')).toBe('{"mine": 1}')
  expect(readFileSync(here.codex, 'utf8')).toBe('model = "new"\n')
  expect(readdirSync(here.out, { recursive: true }).sort()).toEqual(['policies', 'policies/files.yaml'])
  expect(() => undoAll(here.out)).toThrow('nothing to undo')
})

test('a file that holds a token is for its owner alone, and has its rights again after undo', () => {
  const here = machine()
  here.store()
  expect([here.cursor, here.codex].map(file => statSync(file).mode & 0o777)).toEqual([0o600, 0o600])
  expect(statSync(here.out).mode & 0o777).toBe(0o700)
  undoAll(here.out)
  expect([here.cursor, here.codex].map(file => statSync(file).mode & 0o777)).toEqual([0o644, 0o600])
})

test('a read-only file is left alone, and nothing else is written', () => {
  const here = machine()
  chmodSync(here.codex, 0o444)
  const before = here.snapshot()
  expect(() => here.store()).toThrow('it is read-only; nothing was changed')
  expect(here.snapshot()).toEqual(before)
})

test('a write that fails takes all the others back', () => {
  const here = machine()
  const before = here.snapshot()
  // a folder that cannot be made, behind the files of the clients
  const blocked = join(here.cursor, 'policies', 'x.yaml')
  const plan = [...planIn(here.folder), { kind: 'new', file: blocked, text: 'x', mode: 0o600 } as const]
  expect(() => storeAll(here.out, plan, stamp)).toThrow('every file is as it was')
  expect(here.snapshot()).toEqual(before)
})

test('a second init finds the first one and changes nothing', () => {
  const here = machine()
  here.store()
  const once = here.snapshot()
  expect(() => storeAll(here.out, [clientFileIn(here.folder, 'cursor.json')], stamp)).toThrow('holds an earlier init')
  expect(here.snapshot()).toEqual(once)
})

test('links that wait beside a file of a project are not written through', () => {
  const here = machine()
  const victim = join(here.folder, 'victim')
  writeFileSync(victim, 'untouched')
  for (const name of ['cursor.json.sallyport-new', `.cursor.json.${stamp.id}.sallyport-new`])
    symlinkSync(victim, join(here.folder, name))
  here.store()
  expect(readFileSync(victim, 'utf8')).toBe('untouched')
  undoAll(here.out)
  expect([readFileSync(victim, 'utf8'), readFileSync(here.cursor, 'utf8')]).toEqual(['untouched', cursorText])
})

test('a journal that is none, and a copy that is gone, are said; nothing is guessed', () => {
  const here = machine()
  here.store()
  rmSync(join(here.out, 'backups/2'))
  const [, cursor] = undoAll(here.out)
  expect(cursor).toMatchObject({ file: here.cursor, outcome: 'kept', reason: 'its copy is gone' })
  const broken = join(here.folder, 'broken')
  mkdirSync(broken)
  writeFileSync(join(broken, 'init.json'), '{"version": 1')
  expect(() => undoAll(broken)).toThrow('it is not what init writes')
})

test('the folder of a project that is gone since is no obstacle', () => {
  const here = machine()
  const project = join(here.folder, 'gone')
  mkdirSync(project)
  writeFileSync(join(project, 'cursor.json'), cursorText)
  storeAll(here.out, [clientFileIn(project, 'cursor.json')], stamp)
  rmSync(project, { recursive: true })
  expect(undoAll(here.out)).toEqual([{ file: join(project, 'cursor.json'), outcome: 'gone' }])
})
