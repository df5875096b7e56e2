/** `npm run docs:errors`: writes the page again. */
import { readFileSync, writeFileSync } from 'node:fs'
import { errorsPagePath, renderErrorsPage } from './errors-page.ts'

writeFileSync(errorsPagePath, renderErrorsPage(readFileSync('src/errors.ts', 'utf8')))
