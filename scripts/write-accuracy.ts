/** Writes `data/pages/accuracy.json`: `npm run catalogue:accuracy`. */
import { writeFileSync } from 'node:fs'
import { accuracyFile, accuracyText } from './accuracy-file.ts'

writeFileSync(accuracyFile, accuracyText())
