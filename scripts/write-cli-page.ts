/** `npm run docs:cli`: writes the page again. */
import { writeFileSync } from 'node:fs'
import { cliPagePath, readHelp, renderCliPage } from './cli-page.ts'

writeFileSync(cliPagePath, renderCliPage(await readHelp()))
