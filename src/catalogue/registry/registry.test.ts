import { expect, test } from 'vitest'
import { askRegistry, matchPackage, packageOf, readRegistryText } from './registry.ts'
import { entryFromRegistry, type ServerJson } from './server-json.ts'

const files: ServerJson = {
  name: 'io.github.example/files',
  description: 'files',
  version: '1.2.3',
  packages: [
    {
      registryType: 'npm',
      identifier: '@example/files',
      version: '1.2.3',
      transport: { type: 'stdio' },
      packageArguments: [
        { type: 'named', name: '--root', value: '/srv' },
        { type: 'positional', default: 'a b; rm' },
      ],
      environmentVariables: [
        { name: 'TOKEN', isRequired: true, isSecret: true },
        { name: 'LOG', default: 'warn' },
      ],
    },
  ],
}
const page = (servers: readonly unknown[], nextCursor?: string) => JSON.stringify({ servers, metadata: { nextCursor } })

test('an npm package becomes an argument vector; no word of it reaches a shell', () => {
  const entry = entryFromRegistry(files, { TOKEN: 't' })
  expect(entry).toMatchObject({
    value: {
      command: 'npx',
      args: ['-y', '@example/files@1.2.3', '--root', '/srv', 'a b; rm'],
      env: { TOKEN: 't', LOG: 'warn' },
    },
  })
})

test('what a server asks for and nobody gives is named', () => {
  const entry = entryFromRegistry(files, {})
  expect(!entry.ok && entry.refusal.message).toContain('TOKEN')
})

test('an identifier that is more than a package is refused', () => {
  const [npm] = files.packages ?? []
  const entry = entryFromRegistry({ ...files, packages: [{ ...npm, registryType: 'npm', identifier: '-c evil' }] }, {})
  expect(!entry.ok && entry.refusal.message).toContain('no npm package')
})

test('remotes are reached as they are; templates and other packages are refused in words', () => {
  const base = { name: 'a.b/c', description: '', version: '1' }
  const remote = {
    ...base,
    remotes: [{ type: 'streamable-http', url: 'https://x/mcp', headers: [{ name: 'A', value: 'b' }] }],
  }
  expect(entryFromRegistry(remote, {})).toMatchObject({
    value: { url: 'https://x/mcp', headers: { A: 'b' }, network: 'public' },
  })
  const template = entryFromRegistry({ ...base, remotes: [{ type: 'sse', url: 'https://{tenant}/mcp' }] }, {})
  expect(!template.ok && template.refusal.message).toContain('{tenant}')
  const pypi = entryFromRegistry({ ...base, packages: [{ registryType: 'pypi', identifier: 'x' }] }, {})
  expect(!pypi.ok && pypi.refusal.message).toContain('pypi')
})

test('a file may be one server, a page or a list; what is deleted or unreadable is left out and counted', () => {
  const deleted = { server: files, _meta: { 'io.modelcontextprotocol.registry/official': { status: 'deleted' } } }
  expect(readRegistryText(JSON.stringify(files))).toMatchObject({ value: { servers: [files], leftOut: 0 } })
  expect(readRegistryText(page([{ server: files }, deleted, { server: 3 }]))).toMatchObject({
    value: { servers: [files], leftOut: 2 },
  })
  expect(readRegistryText(JSON.stringify([files]))).toMatchObject({ value: { servers: [files] } })
  expect(readRegistryText('{').ok).toBe(false)
  expect(readRegistryText('{"mcpServers": {}}').ok).toBe(false)
})

test('all pages are read, once each', async () => {
  const asked: string[] = []
  const fetch = async (url: string) => {
    asked.push(url)
    return url.includes('cursor=two') ? page([{ server: files }]) : page([{ server: files }], 'two')
  }
  const listing = await askRegistry('https://registry.example/', 'files', fetch)
  expect(listing).toMatchObject({ value: { servers: [files, files] } })
  expect(asked).toEqual([
    'https://registry.example/v0.1/servers?version=latest&limit=100&search=files',
    'https://registry.example/v0.1/servers?version=latest&limit=100&search=files&cursor=two',
  ])
})

test('a registry that turns in circles or fails is refused', async () => {
  const circle = await askRegistry('https://r', undefined, async () => page([], 'same'))
  expect(!circle.ok && circle.refusal.message).toContain('repeats a cursor')
  const down = await askRegistry('https://r', undefined, () => Promise.reject(new Error('connection refused')))
  expect(!down.ok && down.refusal.message).toContain('connection refused')
})

test.each([
  ['npx', ['-y', '@a/b@1.0.0', '/srv'], '@a/b'],
  ['/usr/bin/npx', ['--package=c@2', 'd'], 'c'],
  ['npx.cmd', ['-p', '@a/b', 'x'], '@a/b'],
  ['npm', ['exec', '-y', 'e@latest'], 'e'],
  ['pnpm', ['dlx', 'f'], 'f'],
  ['node', ['npx', 'g'], undefined],
  ['npm', ['run', 'h'], undefined],
  ['npx', [], undefined],
])('the package of `%s %j`', (command, args, name) => {
  expect(packageOf(command, args)).toBe(name)
})

test('a configured command is matched to the registry by its package', () => {
  expect(matchPackage('npx', ['-y', '@example/files'], [files])?.name).toBe(files.name)
  expect(matchPackage('npx', ['-y', '@example/other'], [files])).toBeUndefined()
})
