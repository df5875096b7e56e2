/** `npm run docs:attacks`: writes the page again. */
import { writeFileSync } from 'node:fs'
import { attacksPagePath, readCaseFiles, renderAttacksPage } from './attacks-page.ts'

writeFileSync(attacksPagePath, renderAttacksPage(readCaseFiles()))
