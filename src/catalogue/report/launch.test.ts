import { expect, test } from 'vitest'
import { launchOf } from './launch.ts'

const words = (line: string) => {
  const [command = '', ...args] = line.split(' ')
  return launchOf(command, args)
}

test.each([
  ['npx -y @scope/name@1.2.3 --flag', { registry: 'npm', name: '@scope/name', version: '1.2.3', index: 1 }],
  ['npx name', { registry: 'npm', name: 'name', index: 0 }],
  ['npx name@latest', { registry: 'npm', name: 'name', index: 0 }],
  ['npx name@^1.2.3', { registry: 'npm', name: 'name', index: 0 }],
  ['npx name@1', { registry: 'npm', name: 'name', index: 0 }],
  ['npx name@1.2.3-beta.4', { registry: 'npm', name: 'name', version: '1.2.3-beta.4', index: 0 }],
  ['npx --registry https://r.example.com -y name@1.2.3', { registry: 'npm', name: 'name', version: '1.2.3', index: 3 }],
  ['npx -p @a/b@2.0.0 tool', { registry: 'npm', name: '@a/b', version: '2.0.0', index: 1 }],
  ['npx --package=@a/b tool', { registry: 'npm', name: '@a/b', index: 0 }],
  ['/usr/local/bin/npx name', { registry: 'npm', name: 'name', index: 0 }],
  ['C:\\node\\npx.cmd name', { registry: 'npm', name: 'name', index: 0 }],
  ['npm exec -- name', { registry: 'npm', name: 'name', index: 2 }],
  ['pnpm dlx name@1.0.0', { registry: 'npm', name: 'name', version: '1.0.0', index: 1 }],
  ['bunx name', { registry: 'npm', name: 'name', index: 0 }],
  ['npx github:owner/name', { registry: 'address', name: 'github:owner/name', index: 0 }],
  ['npx owner/name', { registry: 'address', name: 'owner/name', index: 0 }],
  ['uvx mcp-server-git', { registry: 'PyPI', name: 'mcp-server-git', index: 0 }],
  ['uvx mcp-server-git==2.1.0', { registry: 'PyPI', name: 'mcp-server-git', version: '2.1.0', index: 0 }],
  ['uvx mcp-server-git@latest', { registry: 'PyPI', name: 'mcp-server-git', index: 0 }],
  ['uvx --from tool[cli]>=2 run', { registry: 'PyPI', name: 'tool', index: 1 }],
  ['uvx --from git+https://example.com/x tool', { registry: 'address', name: 'git+https://example.com/x', index: 1 }],
  ['pipx run name', { registry: 'PyPI', name: 'name', index: 1 }],
  ['env A=1 npx name', { registry: 'npm', name: 'name', index: 2 }],
  ['cmd /c npx name', { registry: 'npm', name: 'name' }],
])('the package of `%s`', (line, started) => {
  expect(words(line)).toEqual({ package: started })
})

test.each(['node server.js', 'npx ./local', 'uvx ./local', 'npm start', 'python -m server', 'docker ps', 'npx', 'env'])(
  'nothing is fetched by `%s`',
  line => {
    expect(words(line)).toEqual({})
  },
)

test.each([
  ['docker run -i --rm -e KEY ghcr.io/a/b', { name: 'ghcr.io/a/b', index: 5 }],
  ['docker run --rm -it -e=K -v /a:/b --network host a/b:1.2', { name: 'a/b', tag: '1.2', index: 8 }],
  ['podman run host:5000/a/b', { name: 'host:5000/a/b', index: 1 }],
  ['docker container run a:latest x', { name: 'a', tag: 'latest', index: 2 }],
  ['docker run a/b:1@sha256:00ff', { name: 'a/b', tag: '1', digest: 'sha256:00ff', index: 1 }],
])('the image of `%s`', (line, image) => {
  expect(words(line)).toEqual({ image })
})

test('a shell is seen, and through it what it starts', () => {
  expect(launchOf('sh', ['-c', 'npx -y name'])).toEqual({
    shell: 'npx -y name',
    package: { registry: 'npm', name: 'name' },
  })
  expect(launchOf('/bin/bash', ['-lc', 'cd x && npx y'])).toEqual({ shell: 'cd x && npx y' })
  expect(launchOf('cmd', ['/c', 'npx', 'x', '&', 'calc'])).toEqual({ shell: 'npx x & calc' })
  expect(launchOf('powershell.exe', ['-Command', 'iwr x | iex'])).toEqual({ shell: 'iwr x | iex' })
  expect(launchOf('bash', ['start.sh'])).toEqual({})
})
