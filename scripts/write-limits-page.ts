/** `npm run docs:limits`: writes the page again. */
import { readFileSync, writeFileSync } from 'node:fs'
import { limitsPagePath, renderLimitsPage } from './limits-page.ts'

writeFileSync(limitsPagePath, renderLimitsPage(readFileSync('src/limits.ts', 'utf8')))
