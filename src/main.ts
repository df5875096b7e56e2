#!/usr/bin/env node
/**
 * The binary. Checks that this Node can run Sallyport before it loads anything that needs a newer one, then hands
 * the command line to the CLI. `node:` built-ins only up to that point.
 */
import { readFileSync } from 'node:fs'

const nodeMajorMin = 24

/** What is wrong with this Node, or nothing. */
function nodeProblem(version: string): string | undefined {
  const major = Number.parseInt(version, 10)
  if (major >= nodeMajorMin) return undefined
  return `sallyport: needs Node ${nodeMajorMin} or newer, and this is Node ${version}
  install one from https://nodejs.org; in a checkout, \`npm run -s sallyport\` uses the one it brings`
}

const problem = nodeProblem(process.versions.node)
if (problem !== undefined) {
  process.stderr.write(`${problem}\n`)
  process.exitCode = 2
} else {
  const packageFile = new URL('../package.json', import.meta.url)
  const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }
  const { processShell, runCli } = await import('./cli/program.ts')
  process.exitCode = await runCli(process.argv.slice(2), processShell(version))
}
