/** `npm run docs:scan`: makes the table of rules again. */
import { readFileSync, writeFileSync } from 'node:fs'
import { renderScanPage, scanPagePath } from './scan-page.ts'

writeFileSync(scanPagePath, renderScanPage(readFileSync(scanPagePath, 'utf8')))
