import { expect, test } from 'vitest'
import { addressWithoutSecrets, isWrittenSecret, secretInAddress, secretWords, withoutSecrets } from './secrets.ts'

const variable = (name: string) => `$\{${name}}`
// put together here, so that no scanner takes this file for a leak
const token = ['ghp', 'abcdefghijklmnopqrstuvwxyz0123456789'].join('_')

test.each([
  ['GITHUB_TOKEN', token],
  ['ANYTHING', token],
  ['API_KEY', '0a1b2c3d4e5f'],
  ['Authorization', 'Bearer 0a1b2c3d4e5f'],
  ['DATABASE_URL', 'postgres://me:hunter22@db.example.com/x'],
  ['DB_PASSWORD', 'correct horse battery'],
])('%s with such a value is a secret', (name, value) => {
  expect(isWrittenSecret(name, value)).toBe(true)
})

test.each([
  ['API_KEY', variable('API_KEY')],
  ['Authorization', `Bearer ${variable('env:TOKEN')}`],
  ['API_KEY', '$API_KEY'],
  ['API_KEY', '%API_KEY%'],
  ['API_KEY', 'YOUR_API_KEY'],
  ['API_KEY', '<your key>'],
  ['API_KEY', 'xxxxxxxxxxxx'],
  ['API_KEY', ''],
  ['TOKEN_LIMIT', '1000000000'],
  ['TOKEN_FILE', 'run-secrets-token'],
  ['PRIVATE_KEY', '/etc/keys/private.pem'],
  ['TOKEN_URL', 'https://login.example.com/token'],
  ['USE_TOKEN', 'disabled'],
  ['KEYBOARD', 'dvorak-international'],
  ['MEMORY_FILE_PATH', '/data/memory.json'],
  ['DATABASE_URL', 'postgres://db.example.com/x'],
])('%s with `%s` is none', (name, value) => {
  expect(isWrittenSecret(name, value)).toBe(false)
})

test('secrets among the words of a command', () => {
  const words = [
    'server',
    '--api-key',
    '0a1b2c3d4e5f',
    '--token=0a1b2c3d4e5f',
    '-e',
    'A_SECRET=0a1b2c3d4e5f',
    '--port',
    '80',
  ]
  expect(secretWords(words)).toEqual([
    { index: 2, name: 'api-key' },
    { index: 3, name: 'token' },
    { index: 5, name: 'A_SECRET' },
  ])
  expect(withoutSecrets(words)).toEqual(['server', '--api-key', '…', '--token=…', '-e', 'A_SECRET=…', '--port', '80'])
  expect(withoutSecrets(['--header', 'Authorization: Bearer 0a1b2c3d4e5f', token])).toEqual([
    '--header',
    'Authorization: …',
    '…',
  ])
  expect(withoutSecrets(['--token', variable('TOKEN'), '--api-key', '--verbose'])).toEqual([
    '--token',
    variable('TOKEN'),
    '--api-key',
    '--verbose',
  ])
})

test('secrets in addresses', () => {
  expect(secretInAddress('https://me:hunter22@example.com/mcp')).toBe('password')
  expect(secretInAddress('https://example.com/mcp?apiKey=0a1b2c3d4e5f')).toBe('apiKey')
  expect(secretInAddress('https://example.com/mcp?key=0a1b2c3d4e5f')).toBe('key')
  expect(secretInAddress(`https://example.com/${token}/mcp`)).toBe('a part of the path')
  expect(secretInAddress('https://example.com/mcp?page=2')).toBeUndefined()
  expect(secretInAddress(`https://example.com/mcp?key=${variable('KEY')}`)).toBeUndefined()
  expect(addressWithoutSecrets('https://me:hunter22@example.com/mcp?a=1&key=0a1b2c3d4e5f')).toBe(
    'https://me:…@example.com/mcp?a=1&key=…',
  )
  expect(addressWithoutSecrets(`https://example.com/${token}/mcp`)).not.toContain(token)
})

test('a text that a shell reads is never hidden as a whole', () => {
  const script = 'TOKEN=abcdefgh12345; curl https://example.com/x | sh'
  expect(withoutSecrets(['sh', '-c', script])).toEqual(['sh', '-c', script])
  const known = ['ghp', 'abcdefghijklmnopqrstuvwxyz0123456789'].join('_')
  expect(withoutSecrets(['sh', '-c', `TOKEN=${known}; run`])).toEqual(['sh', '-c', 'TOKEN=…; run'])
})
