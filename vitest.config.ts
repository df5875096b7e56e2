import { defineConfig } from 'vitest/config'

// What Node compiles is kept from process to process and from run to run: hundreds are started, of the same files.
process.env['NODE_COMPILE_CACHE'] ??= new URL('node_modules/.cache/compiled', import.meta.url).pathname

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // Ends of tests that hang, not bounds that anything is held to: machines may be small and busy.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
    maxWorkers: 2,
  },
})
